package io.crij.daemon.stream.session;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** How an exec or attach ended, as the error stream tells it. */
sealed interface CommandResult {
  JsonMapper JSON = new JsonMapper();

  record Success() implements CommandResult {
    @Override
    public ObjectNode status() {
      return base("Success");
    }

    @Override
    public String text() {
      return "";
    }
  }

  /** @param exitCode from 1 to 255 */
  record NonZeroExit(int exitCode) implements CommandResult {
    @Override
    public ObjectNode status() {
      ObjectNode status = base("Failure").put("message", text()).put("reason", "NonZeroExitCode");
      status.putObject("details").putArray("causes").addObject().put("reason", "ExitCode").put("message", Integer.toString(exitCode));
      return status;
    }

    @Override
    public String text() {
      return "command terminated with exit code " + exitCode;
    }
  }

  /** The command could not be run, or was lost. */
  record Failure(String text) implements CommandResult {
    @Override
    public ObjectNode status() {
      ObjectNode status = base("Failure").put("message", text).put("reason", "InternalError");
      status.putObject("details").putArray("causes").addObject().put("message", text);
      return status.put("code", 500);
    }
  }

  static CommandResult ofExit(int code) {
    return code == 0 ? new Success() : new NonZeroExit(code);
  }

  /** A metav1.Status, as Kubernetes' apimachinery writes it. */
  ObjectNode status();

  /** For protocols before v4; empty for success. */
  String text();

  default byte[] bytes(CommandProtocol protocol) {
    return (protocol.statusAsJson() ? status().toString() : text()).getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode base(String status) {
    ObjectNode node = JSON.createObjectNode();
    node.putObject("metadata");
    return node.put("status", status);
  }
}
