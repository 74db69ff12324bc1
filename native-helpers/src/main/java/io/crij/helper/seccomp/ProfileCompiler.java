package io.crij.helper.seccomp;

import io.crij.core.CriException;
import io.crij.helper.seccomp.SeccompProfile.Argument;
import io.crij.helper.seccomp.SeccompProfile.ArchMapping;
import io.crij.helper.seccomp.SeccompProfile.Rule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles one profile for one set of capabilities; see seccomp_rule_add(3) and seccomp_export_bpf(3). */
final class ProfileCompiler {
  private static final int FLTATR_CTL_OPTIMIZE = 8;
  private static final int BINARY_TREE = 2;
  private static final int ERRNO_EXISTS = -17;

  private final Libseccomp library = Libseccomp.load();
  private final SeccompProfile profile;
  private final String origin;
  private final Arch arch = Arch.ofThisNode();
  private final int defaultAction;

  ProfileCompiler(SeccompProfile profile, String origin) {
    this.profile = profile;
    this.origin = origin;
    this.defaultAction = Action.code(profile.defaultAction(), profile.defaultErrnoRet());
  }

  byte[] compile(Set<String> capabilities, KernelVersion kernel) {
    MemorySegment context = library.init(defaultAction);
    if (context.equals(MemorySegment.NULL)) {
      throw CriException.invalid("The seccomp profile " + origin + " cannot be compiled: its default action is refused.");
    }
    try (Arena arena = Arena.ofConfined()) {
      List<Arch> arches = arches();
      for (Arch each : arches) {
        int answer = library.archAdd(context, each.token());
        check(answer == ERRNO_EXISTS ? 0 : answer, "the architecture " + each.profileName());
      }
      check(library.attrSet(context, FLTATR_CTL_OPTIMIZE, BINARY_TREE), "the optimization");
      Map<Arch, Integer> newest = new LinkedHashMap<>();
      for (Rule rule : profile.syscalls()) {
        for (String name : rule.allNames()) {
          MemorySegment text = arena.allocateFrom(name);
          arches.forEach(each -> newest.merge(each, library.resolveName(each.token(), text), Math::max));
          if (rule.applies(capabilities, arch.conditionName(), kernel)) {
            add(context, rule, text, name, arena);
          }
        }
      }
      byte[] filter = export(context, arena);
      return Action.letsThrough(defaultAction) ? filter : withPrologue(newest, filter);
    } finally {
      library.release(context);
    }
  }

  /** The same profile for a runtime that compiles it for itself. */
  String ociProfile(Set<String> capabilities, KernelVersion kernel) {
    return OciSeccomp.write(profile, arches(), capabilities, kernel);
  }

  /** This node's architecture and those whose programs it runs besides. */
  private List<Arch> arches() {
    List<Arch> arches = new ArrayList<>(List.of(arch));
    for (ArchMapping mapping : profile.archMap()) {
      if (mapping.architecture().equals(arch.profileName())) {
        mapping.subArchitectures().forEach(name -> addNamed(arches, name));
      }
    }
    profile.architectures().forEach(name -> addNamed(arches, name));
    return arches;
  }

  private static void addNamed(List<Arch> arches, String name) {
    Arch named = Arch.named(name);
    if (named != null && !arches.contains(named)) {
      arches.add(named);
    }
  }

  private void add(MemorySegment context, Rule rule, MemorySegment text, String name, Arena arena) {
    int action = Action.code(rule.action(), rule.errnoRet());
    int syscall = library.resolveName(arch.token(), text);
    // -1 is a name that the library does not know: newer than it, or of another architecture. libseccomp refuses a rule that
    // says what the default says.
    if (syscall == -1 || action == defaultAction) {
      return;
    }
    List<Argument> arguments = rule.args();
    boolean alternatives = arguments.stream().map(Argument::index).distinct().count() < arguments.size();
    if (alternatives) {
      // Two comparisons of one argument cannot both be meant to hold in one rule: they are alternatives.
      arguments.forEach(argument -> add(context, action, syscall, name, List.of(argument), arena));
    } else {
      add(context, action, syscall, name, arguments, arena);
    }
  }

  private void add(
      MemorySegment context, int action, int syscall, String name, List<Argument> arguments, Arena arena) {
    MemorySegment array = arena.allocate((long) Math.max(1, arguments.size()) * Libseccomp.COMPARISON_BYTES, Long.BYTES);
    for (int i = 0; i < arguments.size(); i++) {
      Argument argument = arguments.get(i);
      BigInteger second = argument.valueTwo();
      Libseccomp.putComparison(
          array,
          i,
          argument.index(),
          operator(argument.op()),
          argument.value().longValue(),
          second == null ? 0 : second.longValue());
    }
    int answer = library.ruleAdd(context, action, syscall, arguments.size(), array);
    check(answer == ERRNO_EXISTS ? 0 : answer, "the rule for " + name);
  }

  private byte[] export(MemorySegment context, Arena arena) {
    int fd = library.memfdCreate(arena.allocateFrom("seccomp"));
    if (fd < 0) {
      throw CriException.internal("The seccomp profile " + origin + " cannot be compiled: there is no memory file.", null);
    }
    try {
      check(library.exportBpf(context, fd), "the whole");
      return Files.readAllBytes(Path.of("/proc/self/fd/" + fd));
    } catch (IOException e) {
      throw CriException.internal("The compiled seccomp profile " + origin + " cannot be read back.", e);
    } finally {
      library.close(fd);
    }
  }

  /**
   * Puts an answer of ENOSYS for system calls newer than the newest that the profile names before the filter. A C library takes
   * ENOSYS for an old kernel and does without; EPERM it takes for a failure.
   */
  private static byte[] withPrologue(Map<Arch, Integer> newest, byte[] filter) {
    ByteBuffer out =
        ByteBuffer.allocate(filter.length + newest.size() * Prologue.MAX_BYTES).order(ByteOrder.nativeOrder());
    newest.forEach((arch, number) -> Prologue.put(out, arch, number));
    out.put(filter).flip();
    byte[] all = new byte[out.remaining()];
    out.get(all);
    return all;
  }

  private void check(int answer, String what) {
    if (answer < 0) {
      throw CriException.invalid(
          "The seccomp profile %s cannot be compiled: libseccomp refuses %s (errno %d).".formatted(origin, what, -answer));
    }
  }

  private int operator(String name) {
    return switch (name) {
      case "SCMP_CMP_NE" -> 1;
      case "SCMP_CMP_LT" -> 2;
      case "SCMP_CMP_LE" -> 3;
      case "SCMP_CMP_EQ" -> 4;
      case "SCMP_CMP_GE" -> 5;
      case "SCMP_CMP_GT" -> 6;
      case "SCMP_CMP_MASKED_EQ" -> 7;
      default ->
          throw CriException.invalid("The seccomp profile " + origin + " has the unknown comparison '" + name + "'.");
    };
  }
}
