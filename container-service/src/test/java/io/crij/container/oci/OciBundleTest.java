package io.crij.container.oci;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.ObjectId;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciBundleTest {
  private static final ObjectId ID = new ObjectId("ab".repeat(32));

  @TempDir Path scratch;

  @Test
  void itIsForRootAlone() throws IOException {
    OciBundle bundle = OciBundle.of(scratch, ID);
    bundle.make(new byte[] {'{', '}'});
    assertThat(bundle.folder()).isEqualTo(scratch.resolve("oci-abababababab"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bundle.folder()))).isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bundle.folder().resolve("config.json")))).isEqualTo("rw-------");
    assertThat(bundle.folder().resolve("rootfs")).isEmptyDirectory();
  }

  @Test
  void theLastErrorIsFoundAmongWhatTheRuntimeWrote() throws IOException {
    OciBundle bundle = new OciBundle(scratch);
    assertThat(bundle.lastError()).isEmpty();
    Files.writeString(bundle.log(), "{\"level\":\"info\",\"msg\":\"a\"}\n{\"level\":\"error\",\"msg\":\"first\"}{\"level\":\"error\",\"msg\":\"second\"}\nnot JSON {\n[]\n\"x\"\n{\"level\":\"warning\",\"msg\":\"b\"}\n");
    assertThat(bundle.lastError()).contains("second");
    Files.writeString(bundle.log(), "x".repeat(1 << 20) + "\n{\"level\":\"error\",\"msg\":\"at the end\"}\n");
    assertThat(bundle.lastError()).contains("at the end");
    Files.write(bundle.log(), new byte[] {(byte) 0xff, 0, '{', '\n'});
    assertThat(bundle.lastError()).isEmpty();
  }

  @Test
  void gVisorRunsExecsAndPassesSignalsOn() {
    LaunchPlan plan = new LaunchPlan(List.of(new PlanOp.Cwd("/srv"), new PlanOp.Ids(1, 2, List.of(3L)), new PlanOp.Env("A", "b c")));
    PlanOp.Runtime gvisor =
        new OciRuntime("runsc", Path.of("/usr/bin/runsc"), Path.of("/state"), true, List.of("--platform=ptrace")).launch(new OciBundle(scratch), "c", plan, "/g");
    assertThat(gvisor.exec()).containsSubsequence("--network=host", "--platform=ptrace", "exec", "--cwd", "/srv", "--user", "1:2", "--additional-gids", "3", "--env", "A=b c", "c");
    assertThat(gvisor.exec()).containsSubsequence("--internal-pid-file", "{}", "c");
    assertThat(gvisor.signal()).endsWith("kill", "c");
    assertThat(gvisor.processes()).endsWith("ps", "c");
    assertThat(gvisor.end()).endsWith("kill", "--pid", "{}", "c", "KILL");
    assertThat(gvisor.inGroups()).isTrue();
    PlanOp.Runtime runc =
        new OciRuntime("runc", Path.of("/usr/sbin/runc"), Path.of("/state"), false, List.of())
            .launch(new OciBundle(scratch), "c", new LaunchPlan(List.of(new PlanOp.Console(0, 0))), "");
    assertThat(runc.create()).startsWith("/usr/sbin/runc", "--root", "/state").containsSubsequence("create", "--console-socket", "tty", "c");
    assertThat(runc.exec()).isEmpty();
    assertThat(runc.signal()).isEmpty();
  }
}
