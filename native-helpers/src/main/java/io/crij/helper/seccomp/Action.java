package io.crij.helper.seccomp;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import org.jspecify.annotations.Nullable;

/** SECCOMP_RET_* values, by the names that profiles use. */
final class Action {
  static final int ALLOW = 0x7FFF_0000;
  static final int LOG = 0x7FFC_0000;
  static final int TRACE = 0x7FF0_0000;
  static final int ERRNO = 0x0005_0000;
  static final int EPERM = 1;
  static final int ENOSYS = 38;

  private Action() {}

  static int code(String name, @Nullable Integer errno) {
    int data = (errno == null ? EPERM : errno) & 0xFFFF;
    return switch (name) {
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> 0;
      case "SCMP_ACT_KILL_PROCESS" -> 0x8000_0000;
      case "SCMP_ACT_TRAP" -> 0x0003_0000;
      case "SCMP_ACT_ERRNO" -> ERRNO | data;
      case "SCMP_ACT_TRACE" -> TRACE | data;
      case "SCMP_ACT_LOG" -> LOG;
      case "SCMP_ACT_ALLOW" -> ALLOW;
      case "SCMP_ACT_NOTIFY" ->
          throw new CriException(
              ErrorCode.UNIMPLEMENTED, "A seccomp profile asks for SCMP_ACT_NOTIFY, for which this node has no listener.");
      default -> throw CriException.invalid("A seccomp profile has the unknown action '" + name + "'.");
    };
  }

  /** True if what no rule names is let through, maybe with a note. */
  static boolean letsThrough(int action) {
    int kind = action & 0xFFFF_0000;
    return kind == ALLOW || kind == LOG || kind == TRACE;
  }
}
