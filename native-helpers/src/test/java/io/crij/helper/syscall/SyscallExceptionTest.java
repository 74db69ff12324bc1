package io.crij.helper.syscall;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SyscallExceptionTest {
  @Test
  void namesItsFileIfItHasOne() {
    assertThat(new SyscallException("openat", "a\nb".getBytes(StandardCharsets.UTF_8), Errno.ENOENT))
        .hasMessageStartingWith("openat of 'a?b' failed: ");
    assertThat(new SyscallException("pwrite", new byte[0], Errno.ENOENT)).hasMessageStartingWith("pwrite failed: ");
  }
}
