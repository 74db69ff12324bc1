package io.crij.helper.seccomp;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** The functions of libseccomp (its version 2) and two of libc, found when first needed. */
final class Libseccomp {
  private final MethodHandle init;
  private final MethodHandle release;
  private final MethodHandle archAdd;
  private final MethodHandle attrSet;
  private final MethodHandle resolveName;
  private final MethodHandle ruleAdd;
  private final MethodHandle exportBpf;
  private final MethodHandle memfdCreate;
  private final MethodHandle close;

  private Libseccomp(SymbolLookup library) {
    Linker linker = Linker.nativeLinker();
    init = find(linker, library, "seccomp_init", ADDRESS, JAVA_INT);
    release =
        linker.downcallHandle(library.findOrThrow("seccomp_release"), FunctionDescriptor.ofVoid(ADDRESS));
    archAdd = find(linker, library, "seccomp_arch_add", JAVA_INT, ADDRESS, JAVA_INT);
    attrSet = find(linker, library, "seccomp_attr_set", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    resolveName = find(linker, library, "seccomp_syscall_resolve_name_arch", JAVA_INT, JAVA_INT, ADDRESS);
    ruleAdd =
        find(linker, library, "seccomp_rule_add_array", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    exportBpf = find(linker, library, "seccomp_export_bpf", JAVA_INT, ADDRESS, JAVA_INT);
    SymbolLookup libc = linker.defaultLookup();
    memfdCreate = find(linker, libc, "memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
    close = find(linker, libc, "close", JAVA_INT, JAVA_INT);
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
    try {
      return (MemorySegment) init.invokeExact(action);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  void release(MemorySegment context) {
    try {
      release.invokeExact(context);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int archAdd(MemorySegment context, int arch) {
    try {
      return (int) archAdd.invokeExact(context, arch);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int attrSet(MemorySegment context, int attribute, int value) {
    try {
      return (int) attrSet.invokeExact(context, attribute, value);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The number of a system call; negative if the architecture has none of that name, -1 if the library knows none. */
  int resolveName(int arch, MemorySegment name) {
    try {
      return (int) resolveName.invokeExact(arch, name);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int ruleAdd(MemorySegment context, int action, int syscall, int comparisons, MemorySegment array) {
    try {
      return (int) ruleAdd.invokeExact(context, action, syscall, comparisons, array);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int exportBpf(MemorySegment context, int fd) {
    try {
      return (int) exportBpf.invokeExact(context, fd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int memfdCreate(MemorySegment name) {
    try {
      int closeOnExec = 1;
      return (int) memfdCreate.invokeExact(name, closeOnExec);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  void close(int fd) {
    try {
      // close(2) releases the fd whatever it answers.
      int ignored = (int) close.invokeExact(fd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MethodHandle find(
      Linker linker, SymbolLookup library, String name, MemoryLayout answer, MemoryLayout... arguments) {
    return linker.downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(answer, arguments));
  }

  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("a native call cannot be made", e);
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
