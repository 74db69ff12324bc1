package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Printable;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.SecurityProfile;
import java.util.Optional;
import java.util.function.Predicate;

/** Which confinement beyond capabilities a request asks for: the profile fields, else the deprecated strings. */
public final class Confinement {
  private static final String CONTEXT = "config.linux.security_context.";
  private static final String LOCALHOST = "localhost/";
  private static final int LONGEST_PROFILE = 255;

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
          throw Fields.invalid(field, "'" + Printable.of(path) + "' is none of unconfined, runtime/default and localhost/PATH");
        }
        yield Optional.of(new Seccomp.Localhost(Fields.absolutePath(field, path.substring("localhost/".length()))));
      }
    };
  }

  /** The profile of containers that name none, if it is loaded. */
  public static final String DEFAULT_APPARMOR = "crij-default";

  /**
   * The AppArmor profile, nothing for unconfined.
   *
   * @param enabled whether the kernel enforces AppArmor
   * @param isLoaded whether a profile is in the kernel
   * @throws CriException FAILED_PRECONDITION or INVALID_ARGUMENT, naming the field, for a profile that cannot be enforced
   */
  public static Optional<String> appArmor(LinuxContainerSecurityContext context, boolean enabled, Predicate<String> isLoaded) {
    if (context.getPrivileged()) {
      return Optional.empty();
    }
    String asked = context.hasApparmor() ? asked(context.getApparmor()) : deprecatedAppArmor(context);
    if (asked.equals("unconfined")) {
      return Optional.empty();
    }
    // kubelet says nothing for a pod that says nothing, and means the runtime's own.
    if (asked.isEmpty() || asked.equals("runtime/default")) {
      // A node without AppArmor runs such a container unconfined, and so does one on which the profile could not be loaded.
      return enabled && isLoaded.test(DEFAULT_APPARMOR) ? Optional.of(DEFAULT_APPARMOR) : Optional.empty();
    }
    if (!asked.startsWith(LOCALHOST)) {
      throw Fields.invalid(
          CONTEXT + "apparmor_profile", "'" + Printable.of(asked) + "' is none of unconfined, runtime/default and localhost/NAME");
    }
    String profile = asked.substring(LOCALHOST.length());
    Fields.text(CONTEXT + "apparmor", profile);
    if (profile.isEmpty() || profile.length() > LONGEST_PROFILE) {
      throw Fields.invalid(CONTEXT + "apparmor.localhost_ref", "a profile's name has 1 to " + LONGEST_PROFILE + " characters");
    }
    if (!enabled) {
      throw CriException.precondition(
          CONTEXT + "apparmor: the profile '" + Printable.of(profile)
              + "' cannot be enforced because AppArmor is not enabled on this node; leave it away or use another node.");
    }
    if (!isLoaded.test(profile)) {
      throw CriException.precondition(
          CONTEXT + "apparmor: the profile '" + Printable.of(profile) + "' is not loaded on this node; load it with apparmor_parser.");
    }
    return Optional.of(profile);
  }

  private static String asked(SecurityProfile profile) {
    return switch (profile.getProfileType()) {
      case RuntimeDefault -> "runtime/default";
      case Unconfined -> "unconfined";
      // Clients write the name with and without the prefix.
      case Localhost -> profile.getLocalhostRef().startsWith(LOCALHOST) ? profile.getLocalhostRef() : LOCALHOST + profile.getLocalhostRef();
      case UNRECOGNIZED -> throw Fields.invalid(CONTEXT + "apparmor.profile_type", profile.getProfileTypeValue() + " is not known");
    };
  }

  @SuppressWarnings("deprecation") // As above.
  private static String deprecatedAppArmor(LinuxContainerSecurityContext context) {
    return context.getApparmorProfile();
  }

  /**
   * Refuses SELinux labels where they would have to be enforced; a node without SELinux leaves them away, as everyone does.
   *
   * @throws CriException UNIMPLEMENTED, naming the field
   */
  public static void checkSeLinux(LinuxContainerSecurityContext context, boolean seLinux) {
    if (context.getPrivileged()) {
      return;
    }
    if (context.hasSelinuxOptions() && seLinux && !context.getSelinuxOptions().equals(context.getSelinuxOptions().getDefaultInstanceForType())) {
      throw new CriException(
          ErrorCode.UNIMPLEMENTED, CONTEXT + "selinux_options: this version cannot set SELinux labels; leave them away.");
    }
  }
}
