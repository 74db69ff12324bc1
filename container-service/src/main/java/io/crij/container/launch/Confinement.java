package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.SecurityProfile;
import java.util.Optional;

/** Which confinement beyond capabilities a request asks for: the profile fields, else the deprecated strings. */
public final class Confinement {
  private static final String CONTEXT = "config.linux.security_context.";

  /** A seccomp profile to compile; {@code Unconfined} is the absence of one. */
  public sealed interface Seccomp {
    /** The runtime's own list. */
    record RuntimeDefault() implements Seccomp {}

    /** A file of the node, absolute. */
    record Localhost(String file) implements Seccomp {}
  }

  private Confinement() {}

  /**
   * The seccomp profile, nothing for unconfined.
   *
   * @throws CriException INVALID_ARGUMENT, naming the field
   */
  public static Optional<Seccomp> seccomp(LinuxContainerSecurityContext context) {
    if (context.getPrivileged()) {
      return Optional.empty();
    }
    if (context.hasSeccomp()) {
      SecurityProfile profile = context.getSeccomp();
      return switch (profile.getProfileType()) {
        case RuntimeDefault -> Optional.of(new Seccomp.RuntimeDefault());
        case Unconfined -> Optional.empty();
        case Localhost -> {
          String file = profile.getLocalhostRef();
          yield Optional.of(new Seccomp.Localhost(Fields.absolutePath(CONTEXT + "seccomp.localhost_ref", file)));
        }
        case UNRECOGNIZED ->
            throw Fields.invalid(CONTEXT + "seccomp.profile_type", profile.getProfileTypeValue() + " is not known");
      };
    }
    return deprecatedSeccomp(context);
  }

  @SuppressWarnings("deprecation") // The string is deprecated in the CRI, yet older clients send it.
  private static Optional<Seccomp> deprecatedSeccomp(LinuxContainerSecurityContext context) {
    String field = CONTEXT + "seccomp_profile_path";
    String path = context.getSeccompProfilePath();
    return switch (path) {
      case "", "unconfined" -> Optional.empty();
      case "runtime/default", "docker/default" -> Optional.of(new Seccomp.RuntimeDefault());
      default -> {
        if (!path.startsWith("localhost/")) {
          throw Fields.invalid(field, "'" + Fields.printable(path) + "' is none of unconfined, runtime/default and localhost/PATH");
        }
        yield Optional.of(new Seccomp.Localhost(Fields.absolutePath(field, path.substring("localhost/".length()))));
      }
    };
  }

  /**
   * Refuses what this node or this version cannot enforce; what a node without the feature may leave away passes.
   *
   * @throws CriException FAILED_PRECONDITION or UNIMPLEMENTED, naming the field
   */
  public static void checkModules(LinuxContainerSecurityContext context, boolean appArmor, boolean seLinux) {
    if (context.getPrivileged()) {
      return;
    }
    if (wantsLocalAppArmor(context)) {
      throw appArmor
          ? new CriException(
              ErrorCode.UNIMPLEMENTED, CONTEXT + "apparmor: this version cannot load an AppArmor profile of the node; leave it away.")
          : CriException.precondition(
              CONTEXT + "apparmor: the profile cannot be enforced because AppArmor is not enabled on this node; leave it away or use another node.");
    }
    if (context.hasSelinuxOptions() && seLinux && !context.getSelinuxOptions().equals(context.getSelinuxOptions().getDefaultInstanceForType())) {
      throw new CriException(
          ErrorCode.UNIMPLEMENTED, CONTEXT + "selinux_options: this version cannot set SELinux labels; leave them away.");
    }
  }

  @SuppressWarnings("deprecation") // As above.
  private static boolean wantsLocalAppArmor(LinuxContainerSecurityContext context) {
    return context.hasApparmor()
        ? context.getApparmor().getProfileType() == SecurityProfile.ProfileType.Localhost
        : context.getApparmorProfile().startsWith("localhost/");
  }
}
