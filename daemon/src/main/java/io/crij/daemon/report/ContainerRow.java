package io.crij.daemon.report;

/**
 * A container in the table of all.
 *
 * @param pod {@code namespace/name}
 * @param since when it came into this state, ISO 8601
 * @param outcome exit code and reason of one that ended, else empty
 * @param doing what goes on with it and since when; empty for nothing
 */
public record ContainerRow(
    String pod, String name, long attempt, String id, String state, String since, String image, String outcome, String doing) {}
