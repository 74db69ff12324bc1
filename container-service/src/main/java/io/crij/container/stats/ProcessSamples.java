package io.crij.container.stats;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Samples of the processes themselves, from proc(5). Those that end meanwhile do not count. */
final class ProcessSamples {
  private final Path proc;
  private long descriptors;
  private long sockets;

  ProcessSamples(Path proc) {
    this.proc = proc;
  }

  void add(Samples samples, List<Long> pids, int first) {
    pids.forEach(this::count);
    samples.add(PodMetric.CONTAINER_PROCESSES, pids.size());
    samples.add(PodMetric.CONTAINER_FILE_DESCRIPTORS, descriptors);
    samples.add(PodMetric.CONTAINER_SOCKETS, sockets);
    samples.add(PodMetric.CONTAINER_ULIMITS_SOFT, openFilesLimit(first), "max_open_files");
  }

  private void count(long pid) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(proc.resolve(pid + "/fd"))) {
      for (Path descriptor : open) {
        descriptors++;
        if (isSocket(descriptor)) {
          sockets++;
        }
      }
    } catch (IOException | DirectoryIteratorException ended) {
      return;
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closed) {
      return false;
    }
  }

  /** {@code Max open files   1024   524288   files}: the soft limit; empty if there is none or the process ended. */
  private OptionalLong openFilesLimit(int pid) {
    try {
      for (String line : Files.readAllLines(proc.resolve(pid + "/limits"))) {
        if (line.startsWith("Max open files")) {
          String soft = line.substring("Max open files".length()).strip().split(" +", 2)[0];
          return soft.equals("unlimited") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(soft));
        }
      }
    } catch (IOException | NumberFormatException ended) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }
}
