package io.crij.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Printable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The reports of the daemon as a person reads them. Pure; {@code now} is for ages. */
final class ReportText {
  private static final int SHORT_ID = 12;

  private final Instant now;

  ReportText(Instant now) {
    this.now = now;
  }

  List<String> status(JsonNode report) {
    List<String> lines = new ArrayList<>();
    lines.add("crij " + text(report, "version") + ", process " + text(report, "pid") + ", up " + age(text(report, "started")) + ", on " + text(report, "socket"));
    lines.add(String.format("%-13s %s, cgroups %s", "node", text(report, "kernel"), text(report, "cgroups")));
    lines.add(String.format("%-13s %s", "handlers", String.join(", ", strings(report.path("handlers")))));
    report.path("conditions").properties().forEach(each -> lines.add(String.format("%-13s %s", each.getKey(), clean(each.getValue().asText()))));
    lines.add(String.format("%-13s %d ready, %d not", "pods", report.path("readyPods").asInt(), report.path("otherPods").asInt()));
    List<String> states = new ArrayList<>();
    for (Map.Entry<String, JsonNode> each : report.path("containers").properties()) {
      states.add(each.getValue().asInt() + " " + each.getKey());
    }
    lines.add(String.format("%-13s %s", "containers", states.isEmpty() ? "none" : String.join(", ", states)));
    lines.add(
        String.format(
            "%-13s %s resident, %s of the Java heap",
            "memory", PullBars.bytes(report.path("residentBytes").asLong()), PullBars.bytes(report.path("heapUsedBytes").asLong())));
    lines.add(
        String.format(
            "%-13s %s of images, %s written by containers",
            "disk", PullBars.bytes(report.path("imageBytes").asLong()), PullBars.bytes(report.path("containerBytes").asLong())));
    section(lines, "pulls under way", strings(report.path("pulls")));
    section(lines, "slow calls under way", strings(report.path("slow")));
    section(lines, "last errors", errors(report.path("errors")));
    return lines;
  }

  List<String> pods(JsonNode report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("POD", "SANDBOX", "STATE", "AGE", "ADDRESS", "RUNNING", "DOING"));
    for (JsonNode pod : report) {
      rows.add(
          List.of(
              text(pod, "namespace") + "/" + text(pod, "name"),
              shortId(pod),
              text(pod, "state"),
              age(text(pod, "created")),
              or(text(pod, "ip"), "-"),
              pod.path("running").asInt() + "/" + pod.path("containers").asInt(),
              or(text(pod, "doing"), "-")));
    }
    return table(rows);
  }

  List<String> containers(JsonNode report, boolean all) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("POD", "CONTAINER", "ID", "ATTEMPT", "STATE", "SINCE", "EXIT", "IMAGE", "DOING"));
    for (JsonNode container : report) {
      if (!all && text(container, "state").equals("exited")) {
        continue;
      }
      rows.add(
          List.of(
              or(text(container, "pod"), "-"),
              text(container, "name"),
              shortId(container),
              text(container, "attempt"),
              text(container, "state"),
              age(text(container, "since")),
              or(text(container, "outcome"), "-"),
              text(container, "image"),
              or(text(container, "doing"), "-")));
    }
    return table(rows);
  }

  List<String> why(JsonNode report) {
    List<String> lines = new ArrayList<>();
    lines.add(text(report, "about"));
    lines.add("");
    lines.add("  " + text(report, "answer"));
    section(lines, "now", strings(report.path("now")));
    section(lines, "state", strings(report.path("state")));
    section(lines, "errors, the last one first", errors(report.path("errors")));
    return lines;
  }

  List<String> timeline(JsonNode report) {
    List<String> lines = new ArrayList<>();
    JsonNode first = report.path("steps").path(0);
    lines.add("pod " + text(report, "pod") + ", since " + text(first, "began") + "; milliseconds");
    lines.add("");
    lines.add(String.format("%10s %10s", "at", "took"));
    for (JsonNode step : report.path("steps")) {
      lines.add(row(step.path("atMillis").asDouble(), step.path("millis").asDouble(), "") + text(step, "operation") + " " + shortened(text(step, "subject")) + outcome(step));
      for (JsonNode stage : step.path("stages")) {
        lines.add(row(-1, stage.path("millis").asDouble(), "  ") + text(stage, "name"));
        for (JsonNode part : stage.path("parts")) {
          lines.add(row(-1, part.path("millis").asDouble(), "    ") + text(part, "name") + (part.path("failed").asBoolean() ? ", failed" : ""));
        }
      }
      if (step.hasNonNull("failure")) {
        lines.add(" ".repeat(23) + "  ! " + text(step, "failure"));
      }
    }
    return lines;
  }

  List<String> gc(JsonNode report) {
    List<String> lines = new ArrayList<>();
    boolean removed = report.path("removed").asBoolean();
    JsonNode leftovers = report.path("leftovers");
    JsonNode kept = report.path("kept");
    if (!leftovers.isEmpty() || kept.isEmpty()) {
      lines.add(leftovers.isEmpty() ? "There are no leftovers." : (removed ? "Leftovers that were removed: " : "Leftovers that would be removed: ") + leftovers.size());
    }
    leftovers(lines, leftovers);
    if (!kept.isEmpty()) {
      lines.add("Leftovers that could not be removed, for which the daemon's log has the reasons: " + kept.size());
      leftovers(lines, kept);
    }
    if (removed) {
      return lines;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("IMAGE", "SIZE", "WHY"));
    for (JsonNode image : report.path("images")) {
      rows.add(List.of(text(image, "name"), PullBars.bytes(image.path("bytes").asLong()), text(image, "why")));
    }
    lines.add("");
    lines.addAll(table(rows));
    return lines;
  }

  private static void leftovers(List<String> lines, JsonNode leftovers) {
    for (JsonNode each : leftovers) {
      lines.add("  " + text(each, "what") + " " + text(each, "path") + ": " + text(each, "why"));
    }
  }

  private static String outcome(JsonNode step) {
    return step.path("running").asBoolean() ? ", still running" : step.hasNonNull("failure") ? ", failed" : "";
  }

  private static String row(double at, double millis, String indent) {
    String when = at < 0 ? "" : String.format(Locale.ROOT, "%.1f", at);
    return String.format(Locale.ROOT, "%10s %10.1f  %s", when, millis, indent);
  }

  private List<String> errors(JsonNode errors) {
    List<String> lines = new ArrayList<>();
    for (JsonNode error : errors) {
      long times = error.path("times").asLong();
      lines.add(
          age(text(error, "last")) + " ago"
              + (times > 1 ? " (" + times + " times in " + span(Instant.parse(text(error, "first")), Instant.parse(text(error, "last"))) + ")" : "")
              + ": " + text(error, "rpc") + " " + text(error, "code") + ": " + text(error, "message"));
    }
    return lines;
  }

  private static void section(List<String> lines, String title, List<String> content) {
    if (!content.isEmpty()) {
      lines.add("");
      lines.add(title);
      content.forEach(line -> lines.add("  " + line));
    }
  }

  private static List<String> strings(JsonNode list) {
    List<String> strings = new ArrayList<>();
    list.forEach(each -> strings.add(clean(each.asText())));
    return strings;
  }

  /** Columns as wide as their widest cell, but for the last. */
  private static List<String> table(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns - 1; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(i == columns - 1 ? "" : " ".repeat(widths[i] - row.get(i).length() + 2));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private String age(String time) {
    if (time.isEmpty()) {
      return "-";
    }
    return span(Instant.parse(time), now);
  }

  private static String span(Instant from, Instant to) {
    long seconds = Math.max(0, Duration.between(from, to).toSeconds());
    return seconds < 120
        ? seconds + " s"
        : seconds < 2 * 3600 ? seconds / 60 + " min" : seconds < 48 * 3600 ? seconds / 3600 + " h" : seconds / (24 * 3600) + " days";
  }

  private static String shortId(JsonNode row) {
    String id = text(row, "id");
    return id.substring(0, Math.min(SHORT_ID, id.length()));
  }

  private static String shortened(String subject) {
    return subject.matches("[0-9a-f]{64}") ? subject.substring(0, SHORT_ID) : subject;
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  private static String text(JsonNode node, String key) {
    return clean(node.path(key).asText());
  }

  /** Messages carry what images and registries say: it must not drive the terminal. */
  private static String clean(String text) {
    return Printable.plain(text);
  }
}
