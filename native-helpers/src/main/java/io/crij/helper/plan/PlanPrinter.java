package io.crij.helper.plan;

import io.crij.helper.plan.PlanOp.Caps;
import io.crij.helper.plan.PlanOp.Rlimit;
import io.crij.helper.plan.PlanOp.Umask;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A plan as lines of text: number, operation, then its fields as {@code name=value}. */
public final class PlanPrinter {
  private static final List<String> CAPABILITIES =
      List.of(
          "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
          "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
          "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
          "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
          "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
          "CHECKPOINT_RESTORE");

  private PlanPrinter() {}

  /**
   * @param showEnvironment whether the values of variables are shown, and not only their names
   */
  public static String print(LaunchPlan plan, boolean showEnvironment) {
    StringBuilder text = new StringBuilder();
    List<PlanOp> operations = plan.operations();
    for (int i = 0; i < operations.size(); i++) {
      PlanOp operation = operations.get(i);
      boolean bare = operation.getClass().getRecordComponents().length == 0;
      text.append((bare ? "%4d  %s" : "%4d  %-13s").formatted(i, operation.getClass().getSimpleName()));
      switch (operation) {
        case Caps op -> caps(text, op);
        case Rlimit op ->
            text.append(" %s soft=%s hard=%s".formatted(op.resource(), limit(op.soft()), limit(op.hard())));
        case Umask op -> text.append(" 0").append(Integer.toOctalString(op.value()));
        default -> fields(text, PlanJson.view(operation, showEnvironment));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static void fields(StringBuilder text, Map<String, Object> view) {
    view.forEach(
        (name, value) -> {
          if (!name.equals("op")) {
            text.append(' ').append(name).append('=').append(value(value));
          }
        });
  }

  private static String value(Object value) {
    return switch (value) {
      case Collection<?> many -> many.stream().map(PlanPrinter::value).toList().toString();
      case Map<?, ?> code -> code.get("bytes") + " bytes, sha256 " + code.get("sha256");
      case String text -> printable(text);
      default -> value.toString();
    };
  }

  private static void caps(StringBuilder text, Caps caps) {
    text.append(" bounding=").append(names(caps.bounding()));
    text.append(" effective=").append(names(caps.effective()));
    text.append(" permitted=").append(names(caps.permitted()));
    text.append(" inheritable=").append(names(caps.inheritable()));
    text.append(" ambient=").append(names(caps.ambient()));
  }

  private static String names(long mask) {
    StringBuilder names = new StringBuilder("[");
    for (int bit = 0; bit < Long.SIZE; bit++) {
      if ((mask >>> bit & 1) != 0) {
        names.append(names.length() > 1 ? "," : "");
        names.append(bit < CAPABILITIES.size() ? CAPABILITIES.get(bit) : String.valueOf(bit));
      }
    }
    return names.append(']').toString();
  }

  private static String limit(long value) {
    return value == Resource.UNLIMITED ? "unlimited" : Long.toUnsignedString(value);
  }

  /** A text of the user's must not drive the terminal of whoever looks at the plan. */
  private static String printable(String text) {
    StringBuilder safe = new StringBuilder("'");
    text.codePoints()
        .forEach(
            point -> {
              if (Character.isISOControl(point) || Character.getType(point) == Character.FORMAT) {
                safe.append("\\u%04x".formatted(point));
              } else {
                safe.appendCodePoint(point);
              }
            });
    return safe.append('\'').toString();
  }
}
