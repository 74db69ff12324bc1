package io.crij.container.oci;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.container.hooks.HookStage;
import io.crij.core.Json;
import io.crij.core.Printable;
import io.crij.helper.LaunchFailure;
import io.crij.helper.syscall.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why an OCI runtime did not start a container, for people. */
public final class RuntimeFailure {
  private static final int LONGEST_LINE = 500;
  private static final int ENOUGH_TO_KNOW = 60;

  /** As runc tells which hook failed; older ones leave the stage out. */
  private static final Pattern NUMBERED_HOOK = Pattern.compile("\\b(?:(\\w+) )?hook #(\\d{1,3})\\b");

  private static final List<HookStage> BEFORE_THE_PROGRAM =
      List.of(HookStage.PRESTART, HookStage.CREATE_RUNTIME, HookStage.CREATE_CONTAINER, HookStage.START_CONTAINER);

  private RuntimeFailure() {}

  /**
   * A sentence without its beginning.
   *
   * @param failure of the stage {@code runtime} (PROTOCOL.md)
   */
  public static String sentence(OciRuntime runtime, OciBundle bundle, LaunchFailure failure) {
    String said = bundle.lastError().map(RuntimeFailure::line).orElse("");
    if (!said.isEmpty() && failure.errno() == 0) {
      return "the runtime says: " + said + hooks(said, bundle) + beside(said, failure.what()) + ".";
    }
    boolean told = failure.errno() == 0 || failure.errno() == Errno.ETIMEDOUT;
    return "its runtime handler '" + runtime.name() + "' failed: "
        + (told ? line(failure.what()) : failure.getMessage())
        + (said.isEmpty() ? "" : " (the runtime says: " + said + ")")
        + "; try '" + runtime.program() + " --version' on the node, and check path and args of [runtimes." + runtime.name() + "] in the configuration.";
  }

  private static String line(String text) {
    String plain = Printable.plain(text);
    return plain.length() > LONGEST_LINE ? plain.substring(0, LONGEST_LINE) + "…" : plain;
  }

  /** The last line on its stderr if that is another one. */
  private static String beside(String said, String what) {
    int colon = what.indexOf("): ");
    String last = colon < 0 ? "" : Printable.plain(what.substring(colon + 3));
    boolean same = last.isEmpty() || said.contains(last) || last.contains(said.substring(0, Math.min(said.length(), ENOUGH_TO_KNOW)));
    return same ? "" : " (its last line: " + last + ")";
  }

  /** The programs of a hook that is told by its number only. */
  private static String hooks(String said, OciBundle bundle) {
    Matcher told = NUMBERED_HOOK.matcher(said);
    if (!told.find()) {
      return "";
    }
    JsonNode all;
    try {
      all = Json.OWN.readTree(Files.readAllBytes(bundle.folder().resolve("config.json"))).path("hooks");
    } catch (IOException e) {
      // It is a help only.
      return "";
    }
    List<HookStage> stages = BEFORE_THE_PROGRAM.stream().filter(stage -> stage.word().equalsIgnoreCase(told.group(1))).toList();
    List<String> paths = new ArrayList<>();
    for (HookStage stage : stages.isEmpty() ? BEFORE_THE_PROGRAM : stages) {
      JsonNode path = all.path(stage.word()).path(Integer.parseInt(told.group(2))).path("path");
      if (path.isTextual()) {
        paths.add(stage.word() + " hook " + Printable.of(path.asText()));
      }
    }
    return paths.isEmpty() ? "" : " (" + String.join(", or ", paths) + ")";
  }
}
