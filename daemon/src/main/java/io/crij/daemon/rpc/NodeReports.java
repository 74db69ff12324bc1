package io.crij.daemon.rpc;

/**
 * What stands behind {@code crij status}, {@code pods}, {@code ps}, {@code why}, {@code timeline} and {@code gc}: each answers with a value that
 * Jackson can write.
 */
public record NodeReports(
    NodeReports.Question status,
    NodeReports.Question pods,
    NodeReports.Question containers,
    NodeReports.Question why,
    NodeReports.Question timeline,
    NodeReports.Question gc) {
  /** Something that a person asks. */
  @FunctionalInterface
  public interface Question {
    /** @param about a pod or container; empty where the question is about the node */
    Object answer(String about) throws Exception;
  }
}
