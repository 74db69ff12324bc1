package io.crij.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What must be taken back if the operation around it fails. Steps run in reverse order and every one is tried: a step that
 * throws is reported and the rest still runs.
 *
 * <pre>{@code
 * try (Undo undo = new Undo()) {
 *   make(a);
 *   undo.add("a", () -> drop(a));
 *   ...
 *   undo.commit();
 * }
 * }</pre>
 */
public final class Undo implements AutoCloseable {
  /** One step back. */
  @FunctionalInterface
  public interface Step {
    void run() throws Exception;
  }

  /** A step that could not be taken back. */
  public record Failure(String what, Exception why) {}

  private record Named(String what, Step step) {}

  private final Deque<Named> steps = new ArrayDeque<>();
  private final List<Failure> failures = new ArrayList<>();
  private boolean committed;

  /** Adds a step; {@code what} names the object that it takes back, for the report of a failure. */
  public void add(String what, Step step) {
    steps.push(new Named(what, step));
  }

  /** Keeps everything: nothing is undone. */
  public void commit() {
    committed = true;
    steps.clear();
  }

  /** Undoes now, so that the caller can look at {@link #failures()} before the end of the block. */
  public void rollBack() {
    while (!steps.isEmpty()) {
      Named named = steps.pop();
      try {
        named.step.run();
      } catch (Exception e) {
        failures.add(new Failure(named.what, e));
      }
    }
  }

  /** The steps that failed, in the order in which they were tried. Empty before a roll-back. */
  public List<Failure> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    if (!committed) {
      rollBack();
    }
  }
}
