package io.crij.cgroups;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes limits as one transaction. */
final class LimitWriter {
  private static final Logger LOG = LoggerFactory.getLogger(LimitWriter.class);

  private record Written(Path file, String before) {}

  private LimitWriter() {}

  static void apply(Cgroup cgroup, Limits limits) {
    List<LimitPlan.Write> plan;
    try {
      plan = LimitPlan.of(cgroup, limits);
    } catch (IOException e) {
      throw CriException.internal("The limits of cgroup " + cgroup.path() + " cannot be read: " + e.getMessage() + ".", e);
    }
    Deque<Written> done = new ArrayDeque<>();
    for (LimitPlan.Write write : plan) {
      try {
        String before = ControlFile.read(write.file());
        ControlFile.write(write.file(), write.value());
        done.push(new Written(write.file(), before));
      } catch (IOException e) {
        restore(done);
        throw new CriException(
            ErrorCode.INTERNAL,
            "The limit '" + write.value() + "' cannot be written to " + write.file() + ": " + ControlFile.reason(e) + "; all limits are as before.",
            e);
      }
    }
  }

  /** In reverse, so that memory and memory+swap pass through the same valid states as on the way here. */
  private static void restore(Deque<Written> done) {
    while (!done.isEmpty()) {
      Written written = done.pop();
      try {
        ControlFile.write(written.file(), written.before());
      } catch (IOException e) {
        LOG.warn("{} stays changed: its old value '{}' is refused: {}", written.file(), written.before(), ControlFile.reason(e));
      }
    }
  }
}
