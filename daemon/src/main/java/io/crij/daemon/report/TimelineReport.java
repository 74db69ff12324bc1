package io.crij.daemon.report;

import io.crij.core.Journal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was done for a pod since the daemon started.
 *
 * @param pod {@code namespace/name}
 */
public record TimelineReport(String pod, List<Step> steps) {
  /**
   * A piece of work.
   *
   * @param began ISO 8601
   * @param atMillis from the beginning of the first step
   */
  public record Step(
      String operation, String subject, String began, double atMillis, double millis, boolean running, @Nullable String failure, List<Part> stages) {}

  /** A stage of a step. */
  public record Part(String name, double millis, List<Piece> parts) {}

  /**
   * What a stage is made of: a plugin, a layer. They may go side by side.
   *
   * @param atMillis from the beginning of the step
   */
  public record Piece(String name, double atMillis, double millis, boolean failed) {}

  static TimelineReport of(String pod, List<Journal.Entry> entries) {
    return new TimelineReport(pod, entries.stream().map(entry -> step(entry, entries.getFirst())).toList());
  }

  private static Step step(Journal.Entry entry, Journal.Entry first) {
    return new Step(
        entry.operation(),
        entry.subject(),
        entry.began().toString(),
        millis(Duration.between(first.began(), entry.began()).toNanos()),
        millis(entry.nanos()),
        entry.running(),
        entry.failure(),
        entry.stages().stream().map(stage -> new Part(stage.name(), millis(stage.nanos()), pieces(stage))).toList());
  }

  private static List<Piece> pieces(Journal.Stage stage) {
    return stage.parts().stream().map(part -> new Piece(part.name(), millis(part.atNanos()), millis(part.nanos()), part.failed())).toList();
  }

  /** In tenths. */
  private static double millis(long nanos) {
    return Math.round(nanos / 1e5) / 10.0;
  }
}
