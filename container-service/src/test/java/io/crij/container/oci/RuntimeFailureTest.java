package io.crij.container.oci;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.helper.LaunchFailure;
import io.crij.helper.syscall.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeFailureTest {
  @TempDir Path scratch;
  private OciBundle bundle;
  private final OciRuntime runtime = new OciRuntime("runc", Path.of("/usr/sbin/runc"), Path.of("/state"), false, List.of());

  @BeforeEach
  void makeBundle() throws IOException {
    bundle = new OciBundle(scratch.resolve("b"));
    bundle.make(
        "{\"hooks\":{\"prestart\":[{\"path\":\"/p0\"}],\"createRuntime\":[{\"path\":\"/c0\"},{\"path\":\"/c1\"}],\"poststop\":[{\"path\":\"/s0\"},{\"path\":\"/s1\"}]}}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private String failing(String what, int errno, String... logged) throws IOException {
    StringBuilder log = new StringBuilder();
    for (String line : logged) {
      log.append("{\"level\":\"error\",\"msg\":\"").append(line).append("\"}\n");
    }
    Files.writeString(bundle.log(), log);
    return RuntimeFailure.sentence(runtime, bundle, new LaunchFailure(errno, "runtime", what, -1));
  }

  @Test
  void aHookThatIsToldByItsNumberIsNamed() throws IOException {
    assertThat(failing("create failed (exit code 1)", 0, "error running hook #1: exit status 3"))
        .isEqualTo("the runtime says: error running hook #1: exit status 3 (createRuntime hook /c1).");
    assertThat(failing("create failed (exit code 1)", 0, "error running hook #0: no")).endsWith(" (prestart hook /p0, or createRuntime hook /c0).");
    assertThat(failing("create failed (exit code 1)", 0, "error running prestart hook #0: no")).endsWith(" (prestart hook /p0).");
    assertThat(failing("create failed (exit code 1)", 0, "error running hook #7: no")).isEqualTo("the runtime says: error running hook #7: no.");
  }

  @Test
  void theLastLineIsToldIfItSaysMore() throws IOException {
    assertThat(failing("create failed (exit code 1): no driver", 0, "error executing hook `/h`")).isEqualTo("the runtime says: error executing hook `/h` (its last line: no driver).");
    assertThat(failing("create failed (exit code 1): no room", 0, "cannot: no room")).isEqualTo("the runtime says: cannot: no room.");
    assertThat(failing("create failed (exit code 1): runc create failed: cannot", 0, "cannot")).isEqualTo("the runtime says: cannot.");
  }

  @Test
  void oneThatSaysNothingOrHangsIsToldByHowItEnded() throws IOException {
    assertThat(failing("create failed (exit code 3)", 0)).startsWith("its runtime handler 'runc' failed: create failed (exit code 3); try '/usr/sbin/runc --version'").contains("[runtimes.runc]");
    assertThat(failing("create did not end within 90000 ms and was killed", Errno.ETIMEDOUT, "slow disk"))
        .contains("create did not end within 90000 ms and was killed (the runtime says: slow disk); try");
    assertThat(failing("pid file", Errno.ENOENT)).contains("runtime failed on 'pid file'");
  }
}
