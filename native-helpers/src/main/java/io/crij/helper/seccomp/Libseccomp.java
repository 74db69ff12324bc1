package io.crij.helper.seccomp;

import static io.crij.helper.syscall.NativeFunction.Answer.INT;
import static io.crij.helper.syscall.NativeFunction.Answer.LONG;
import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.helper.syscall.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/** The functions of libseccomp (its version 2) and two of libc, found when first needed. */
final class Libseccomp {
  private final NativeFunction init;
  private final NativeFunction release;
  private final NativeFunction archAdd;
  private final NativeFunction attrSet;
  private final NativeFunction resolveName;
  private final NativeFunction ruleAdd;
  private final NativeFunction exportBpf;
  private final NativeFunction memfdCreate;
  private final NativeFunction close;

  private Libseccomp(SymbolLookup library) {
    init = NativeFunction.of(library, "seccomp_init", LONG);
    release = NativeFunction.of(library, "seccomp_release", INT);
    archAdd = NativeFunction.of(library, "seccomp_arch_add", INT);
    attrSet = NativeFunction.of(library, "seccomp_attr_set", INT);
    resolveName = NativeFunction.of(library, "seccomp_syscall_resolve_name_arch", INT);
    ruleAdd = NativeFunction.of(library, "seccomp_rule_add_array", INT);
    exportBpf = NativeFunction.of(library, "seccomp_export_bpf", INT);
    memfdCreate = NativeFunction.ofLibc("memfd_create", INT);
    close = NativeFunction.ofLibc("close", INT);
  }

  private static final class Loaded {
    static final Libseccomp LIBRARY = new Libseccomp(SymbolLookup.libraryLookup("libseccomp.so.2", Arena.global()));
  }

  /**
   * @throws CriException FAILED_PRECONDITION if the library is not installed
   */
  static Libseccomp load() {
    try {
      return Loaded.LIBRARY;
    } catch (IllegalArgumentException | LinkageError e) {
      throw new CriException(
          ErrorCode.FAILED_PRECONDITION,
          "The seccomp profile cannot be compiled: libseccomp.so.2 is not on this node; install the package libseccomp2.",
          e);
    }
  }

  MemorySegment init(int action) {
    return MemorySegment.ofAddress(init.call(action));
  }

  void release(MemorySegment context) {
    release.call(pointer(context));
  }

  int archAdd(MemorySegment context, int arch) {
    return (int) archAdd.call(pointer(context), arch);
  }

  int attrSet(MemorySegment context, int attribute, int value) {
    return (int) attrSet.call(pointer(context), attribute, value);
  }

  /** The number of a system call; negative if the architecture has none of that name, -1 if the library knows none. */
  int resolveName(int arch, MemorySegment name) {
    return (int) resolveName.call(arch, pointer(name));
  }

  int ruleAdd(MemorySegment context, int action, int syscall, int comparisons, MemorySegment array) {
    return (int) ruleAdd.call(pointer(context), action, syscall, comparisons, pointer(array));
  }

  int exportBpf(MemorySegment context, int fd) {
    return (int) exportBpf.call(pointer(context), fd);
  }

  int memfdCreate(MemorySegment name) {
    int closeOnExec = 1;
    return (int) memfdCreate.call(pointer(name), closeOnExec);
  }

  void close(int fd) {
    // close(2) releases the fd whatever it answers.
    close.call(fd);
  }

  /** {@code struct scmp_arg_cmp}: u32 index, u32 operator, u64 value, u64 second value. */
  static final int COMPARISON_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;

  static void putComparison(MemorySegment array, int at, int index, int operator, long value, long second) {
    long offset = (long) at * COMPARISON_BYTES;
    array.set(JAVA_INT, offset, index);
    array.set(JAVA_INT, offset + 4, operator);
    array.set(JAVA_LONG, offset + 8, value);
    array.set(JAVA_LONG, offset + 16, second);
  }
}
