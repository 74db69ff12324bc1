package io.crij.helper.seccomp;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.crij.core.CriException;
import io.crij.core.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A profile in the JSON form that Docker and containers/common share: a default action and rules, some of which apply only with
 * or without certain capabilities, architectures or kernels.
 */
record SeccompProfile(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    List<ArchMapping> archMap,
    List<Rule> syscalls) {

  SeccompProfile {
    architectures = orEmpty(architectures);
    archMap = orEmpty(archMap);
    syscalls = orEmpty(syscalls);
  }

  record ArchMapping(String architecture, List<String> subArchitectures) {
    ArchMapping {
      require(architecture, "architecture");
      subArchitectures = orEmpty(subArchitectures);
    }
  }

  record Rule(
      List<String> names,
      @Nullable String name,
      String action,
      @Nullable @JsonAlias("errno") Integer errnoRet,
      List<Argument> args,
      @Nullable Condition includes,
      @Nullable Condition excludes) {
    Rule {
      require(action, "action");
      names = orEmpty(names);
      args = orEmpty(args);
    }

    /** True if the rule is meant for such a container on such a node. */
    boolean applies(Set<String> capabilities, String arch, KernelVersion kernel) {
      return (includes == null || includes.allHold(capabilities, arch, kernel))
          && (excludes == null || !excludes.anyHolds(capabilities, arch, kernel));
    }

    /** The names, of which old profiles give one alone. */
    List<String> allNames() {
      return name == null ? names : List.of(name);
    }
  }

  /** A comparison of one argument of a system call; {@code valueTwo} is the datum of a masked one. */
  record Argument(int index, BigInteger value, @Nullable BigInteger valueTwo, String op) {
    Argument {
      require(value, "value");
      require(op, "op");
    }
  }

  record Condition(List<String> caps, List<String> arches, @Nullable String minKernel) {
    Condition {
      caps = orEmpty(caps);
      arches = orEmpty(arches);
      if (minKernel != null) {
        KernelVersion.parse(minKernel);
      }
    }

    boolean allHold(Set<String> capabilities, String arch, KernelVersion kernel) {
      return capabilities.containsAll(caps)
          && (arches.isEmpty() || arches.contains(arch))
          && (minKernel == null || kernel.isAtLeast(minKernel));
    }

    boolean anyHolds(Set<String> capabilities, String arch, KernelVersion kernel) {
      return caps.stream().anyMatch(capabilities::contains)
          || arches.contains(arch)
          || (minKernel != null && kernel.isAtLeast(minKernel));
    }
  }

  /**
   * @param origin what to call the profile in an error
   */
  static SeccompProfile parse(byte[] json, String origin) {
    try {
      SeccompProfile profile =
          Json.FOREIGN.readValue(new String(json, StandardCharsets.UTF_8), SeccompProfile.class);
      if (profile == null || profile.defaultAction == null) {
        throw CriException.invalid("The seccomp profile " + origin + " has no defaultAction.");
      }
      return profile;
    } catch (JsonProcessingException e) {
      throw CriException.invalid(
          "The seccomp profile %s is not the JSON that is expected: %s.".formatted(origin, e.getOriginalMessage()));
    }
  }

  /** JSON gives null for what is not there; the reader turns the exception into one that says where. */
  private static void require(@Nullable Object value, String key) {
    if (value == null) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
