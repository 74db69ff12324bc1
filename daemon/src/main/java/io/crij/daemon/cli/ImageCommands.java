package io.crij.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.daemon.rpc.DaemonClient;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.ExecutionException;

/** {@code crij images …}: asks the daemon that runs. Answers on stdout, progress and complaints on stderr. */
final class ImageCommands {
  private static final long REDRAW_MILLIS = 200;

  private ImageCommands() {}

  /** The pulls that run now, each with its layers. */
  static int pulls(DaemonClient daemon) throws IOException {
    for (JsonNode pull : daemon.pulls()) {
      System.out.println(PullBars.summary(pull));
      PullBars.lines(pull).forEach(line -> System.out.println("  " + line));
    }
    return 0;
  }

  /** Pulls an image; on a terminal with a bar for each layer. */
  static int pull(DaemonClient daemon, String image) throws IOException, InterruptedException {
    CompletableFuture<String> id =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return daemon.pull(image);
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            },
            work -> Thread.ofPlatform().daemon().name("pull").start(work));
    boolean terminal = System.console() != null && System.console().isTerminal();
    int drawn = 0;
    while (true) {
      try {
        String done = id.get(REDRAW_MILLIS, TimeUnit.MILLISECONDS);
        redraw(drawn, List.of());
        System.out.println(done);
        return 0;
      } catch (TimeoutException e) {
        drawn = terminal ? redraw(drawn, lines(daemon, image)) : 0;
      } catch (ExecutionException e) {
        redraw(drawn, List.of());
        throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
      }
    }
  }

  /** Checks images against their seals; 1 if a layer is damaged. */
  static int verify(DaemonClient daemon, List<String> images, boolean repair) throws IOException {
    int result = 0;
    for (String image : images.isEmpty() ? daemon.images() : images) {
      for (JsonNode layer : daemon.verify(image, repair)) {
        String health = layer.path("health").asText();
        result = health.equals("DAMAGED") ? 1 : result;
        System.out.println(
            image + "  " + layer.path("diffId").asText() + "  " + health.toLowerCase(java.util.Locale.ROOT) + (layer.path("what").asText().isEmpty() ? "" : ": " + layer.path("what").asText()));
      }
    }
    return result;
  }

  // The daemon writes a name in full: a short one matches what ends with it.
  private static List<String> lines(DaemonClient daemon, String image) throws IOException {
    for (JsonNode pull : daemon.pulls()) {
      String name = pull.path("image").asText();
      if (name.equals(image) || name.endsWith("/" + image) || name.startsWith(image) || name.endsWith("/" + image + ":latest")) {
        return PullBars.lines(pull);
      }
    }
    return List.of();
  }

  private static int redraw(int before, List<String> lines) {
    StringBuilder text = new StringBuilder();
    if (before > 0) {
      text.append("\u001b[").append(before).append("A\u001b[J"); // ECMA-48: cursor up, erase below
    }
    lines.forEach(line -> text.append(line).append('\n'));
    System.err.print(text);
    System.err.flush();
    return lines.size();
  }
}
