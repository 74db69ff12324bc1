package io.crij.helper.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a test may leave behind in the kernel: processes of crij-pod, mounts of this mount namespace, pins of network
 * namespaces. Taken before the test, compared after it.
 */
public final class LeakCheck {
  private static final Path PINS = Path.of("/run/netns");
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

  private final Set<String> before;
  private final List<String> marks;

  private LeakCheck(Set<String> before, List<String> marks) {
    this.before = before;
    this.marks = marks;
  }

  /**
   * @param marks only what names one of these counts (a scratch folder, an id), so that other tests of the machine do not; none
   *     for everything
   */
  public static LeakCheck begin(String... marks) throws IOException {
    return new LeakCheck(everything(), List.of(marks));
  }

  /** Fails if there is more than before. The kernel frees what was killed a moment later, so it is given up to 5 s. */
  public void end() throws IOException {
    long deadline = System.nanoTime() + PATIENCE_NS;
    Set<String> left = leftOver();
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      left = leftOver();
    }
    assertThat(left).as("left behind by the test").isEmpty();
  }

  private Set<String> leftOver() throws IOException {
    Set<String> now = new TreeSet<>(everything());
    now.removeAll(before);
    now.removeIf(found -> !marks.isEmpty() && marks.stream().noneMatch(found::contains));
    return now;
  }

  private static Set<String> everything() throws IOException {
    Set<String> found = new HashSet<>();
    found.addAll(processes());
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      List<String> words = List.of(line.split(" "));
      found.add("mount " + words.get(0) + " at " + words.get(4));
    }
    if (Files.isDirectory(PINS)) {
      try (Stream<Path> pins = Files.list(PINS)) {
        found.addAll(pins.map(pin -> "netns pin " + pin).collect(Collectors.toSet()));
      }
    }
    return found;
  }

  /** Children of this JVM, and what is or comes from a crij-pod. */
  private static Set<String> processes() {
    long self = ProcessHandle.current().pid();
    return ProcessHandle.allProcesses()
        .filter(process -> isOurs(process, self))
        .map(process -> "process " + process.pid() + " " + commandLine(process.pid()))
        .collect(Collectors.toSet());
  }

  private static boolean isOurs(ProcessHandle process, long self) {
    ProcessHandle ancestor = process;
    while (ancestor != null) {
      if ((ancestor.pid() == self && process.pid() != self) || commandLine(ancestor.pid()).contains("crij-pod")) {
        return true;
      }
      ancestor = ancestor.parent().orElse(null);
    }
    return false;
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", String.valueOf(pid), "cmdline"), StandardCharsets.ISO_8859_1)
          .replace('\0', ' ');
    } catch (IOException e) {
      // It ended while it was looked at.
      return "";
    }
  }
}
