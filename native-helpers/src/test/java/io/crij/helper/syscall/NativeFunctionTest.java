package io.crij.helper.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

final class NativeFunctionTest {
  private static final int EBADF = 9;

  @Test
  void anIntThatIsNegativeStaysNegative() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = NativeFunction.errnoIn(arena);
      assertThat(NativeFunction.ofLibc("close", NativeFunction.Answer.INT).call(errno, -1)).isEqualTo(-1);
      assertThat(errno.get(ValueLayout.JAVA_INT, 0)).isEqualTo(EBADF);
    }
    assertThat(NativeFunction.ofLibc("abs", NativeFunction.Answer.INT).call(-7)).isEqualTo(7);
    assertThat(NativeFunction.ofLibc("labs", NativeFunction.Answer.LONG).call(-7_000_000_000L)).isEqualTo(7_000_000_000L);
  }

  @Test
  void pointersAndSixArgumentsArrive() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(64);
      long format = NativeFunction.pointer(arena.allocateFrom("abc"));
      long length = NativeFunction.ofLibc("strlen", NativeFunction.Answer.LONG).call(format);
      assertThat(length).isEqualTo(3);
      long end = NativeFunction.ofLibc("stpncpy", NativeFunction.Answer.LONG).call(NativeFunction.pointer(into), format, 64);
      assertThat(end).isEqualTo(into.address() + 3);
      assertThat(into.getString(0, StandardCharsets.US_ASCII)).isEqualTo("abc");
      // mmap(2) is refused for its last argument alone: an offset that is no multiple of a page.
      MemorySegment errno = NativeFunction.errnoIn(arena);
      NativeFunction mmap = NativeFunction.ofLibc("mmap", NativeFunction.Answer.LONG);
      int privateAndAnonymous = 0x22;
      assertThat(mmap.call(errno, 0, 4096, 0, privateAndAnonymous, -1, 1)).isEqualTo(-1);
      long mapped = mmap.call(errno, 0, 4096, 0, privateAndAnonymous, -1, 0);
      assertThat(mapped).isPositive();
      assertThat(NativeFunction.ofLibc("munmap", NativeFunction.Answer.INT).call(mapped, 4096)).isZero();
    }
  }

  @Test
  void memoryThatIsNotThereIsNotPointedAt() {
    assertThatIllegalArgumentException().isThrownBy(() -> NativeFunction.pointer(MemorySegment.ofArray(new byte[8])));
    MemorySegment gone;
    try (Arena arena = Arena.ofConfined()) {
      gone = arena.allocate(8);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> NativeFunction.pointer(gone));
    assertThat(NativeFunction.pointer(MemorySegment.NULL)).isZero();
  }

  @Test
  void whatTheLibraryDoesNotHaveIsRefused() {
    assertThatThrownBy(() -> NativeFunction.of(Linker.nativeLinker().defaultLookup(), "no_such_function", NativeFunction.Answer.INT))
        .isInstanceOf(NoSuchElementException.class);
  }
}
