package io.crij.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How far a pull is, one line for each layer. Pure: what it is told becomes text. */
final class PullBars {
  private static final int CELLS = 30;

  private PullBars() {}

  /** One line for each layer of a pull as the daemon tells it. */
  static List<String> lines(JsonNode pull) {
    List<String> lines = new ArrayList<>();
    for (JsonNode layer : pull.path("layers")) {
      String digest = layer.path("digest").asText();
      String name = digest.substring(Math.min(digest.length(), "sha256:".length()));
      lines.add(
          String.format(
              Locale.ROOT,
              "%-12s %s %s",
              name.substring(0, Math.min(12, name.length())),
              bar(layer.path("received").asLong(), layer.path("size").asLong()),
              state(layer)));
    }
    return lines;
  }

  /** The whole pull in one line. */
  static String summary(JsonNode pull) {
    long size = 0;
    long received = 0;
    long rate = 0;
    int done = 0;
    for (JsonNode layer : pull.path("layers")) {
      size += layer.path("size").asLong();
      received += layer.path("received").asLong();
      rate += layer.path("bytesPerSecond").asLong();
      done += layer.path("step").asText().equals("DONE") ? 1 : 0;
    }
    return pull.path("image").asText()
        + "  "
        + bar(received, size)
        + " "
        + bytes(received)
        + " of "
        + bytes(size)
        + ", "
        + done
        + " of "
        + pull.path("layers").size()
        + " layers, "
        + bytes(rate)
        + "/s";
  }

  /** A number of bytes in the unit that a person would choose. */
  static String bytes(long bytes) {
    double value = bytes;
    for (String unit : List.of("B", "kB", "MB", "GB")) {
      if (value < 1000 || unit.equals("GB")) {
        return String.format(Locale.ROOT, unit.equals("B") ? "%.0f %s" : "%.1f %s", value, unit);
      }
      value /= 1000;
    }
    throw new AssertionError("the last unit takes every number");
  }

  private static String state(JsonNode layer) {
    return switch (layer.path("step").asText()) {
      case "WAITING" -> "waits";
      case "DONE" -> "done, " + bytes(layer.path("size").asLong());
      default ->
          bytes(layer.path("received").asLong()) + " of " + bytes(layer.path("size").asLong()) + ", " + bytes(layer.path("bytesPerSecond").asLong()) + "/s";
    };
  }

  private static String bar(long done, long all) {
    int full = all <= 0 ? 0 : (int) (CELLS * Math.min(done, all) / all);
    return "[" + "#".repeat(full) + ".".repeat(CELLS - full) + "]";
  }
}
