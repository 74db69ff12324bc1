package io.crij.container.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class OciRuntimesTest {
  private static final String CONTAINER = "0123456789abcdef".repeat(4);

  @TempDir Path run;

  private OciRuntimes runtimes(Path... roots) {
    return new OciRuntimes(
        run.resolve("oci"),
        List.of(roots).stream().map(root -> new OciRuntime(String.valueOf(root.getFileName()), Path.of("/bin/true"), root, false, List.of())).toList(),
        program -> {
          throw new IOException("no runtime is called");
        });
  }

  private Path state(String handler) throws IOException {
    Path state = run.resolve(handler).resolve(CONTAINER);
    Files.createDirectories(state);
    return Files.writeString(state.resolve("state.json"), "{}");
  }

  @Test
  void whatAHandlerKnewThatIsConfiguredNoMoreIsRemoved() throws Exception {
    Path gone = state("oci/gone");
    Path there = state("oci/there");
    Path below = state("oci/below/deep");
    OciRuntimes runtimes = runtimes(run.resolve("oci/there"), run.resolve("oci/below/deep"));
    runtimes.forgetUnconfigured(List.of(CONTAINER));
    assertThat(gone).exists();
    runtimes.forgetUnconfigured(List.of());
    assertThat(gone.getParent().getParent()).doesNotExist();
    assertThat(there).exists();
    assertThat(below).exists();
  }

  /** What is in it are containers then, and no handlers. */
  @Test
  void aHandlerMayHaveTheFolderOfAllStatesForItself() throws Exception {
    Path state = state("oci");
    Path file = Files.writeString(run.resolve("oci/" + CONTAINER + "_sandbox.state"), "{}");
    runtimes(run.resolve("oci")).forgetUnconfigured(List.of(CONTAINER));
    assertThat(state).exists();
    assertThat(file).exists();
    runtimes(run).forgetUnconfigured(List.of(CONTAINER));
    assertThat(state).exists();
  }

  /** As /var/run is for /run. */
  @Test
  void aFolderMayHaveTwoNames() throws Exception {
    Path there = state("oci/there");
    Path other = Files.createSymbolicLink(run.resolve("other"), run);
    runtimes(other.resolve("oci/there")).forgetUnconfigured(List.of());
    assertThat(there).exists();
  }

  @Test
  void whatCannotBeReadIsNotTakenForEmpty() throws Exception {
    Path loop = Files.createSymbolicLink(Files.createDirectories(run.resolve("oci")).resolve("gone"), Path.of("gone"));
    runtimes().forgetUnconfigured(List.of(CONTAINER));
    assertThat(Files.exists(loop, LinkOption.NOFOLLOW_LINKS)).isTrue();
    List<String> called = new ArrayList<>();
    OciRuntime there = new OciRuntime("there", Path.of("/bin/true"), loop, false, List.of());
    new OciRuntimes(
            run.resolve("oci"),
            List.of(there),
            program -> {
              called.addAll(program.argv());
              throw new IOException("no runtime is called");
            })
        .delete(CONTAINER);
    assertThat(called).contains("delete", CONTAINER);
  }

  @Test
  void theStateOfARootOfItsOwnIsFoundWhenItsHandlerIsGone() throws Exception {
    Path state = state("custom");
    Path stranger = Files.createDirectories(run.resolve("custom/stranger"));
    OciRuntimes before = runtimes(run.resolve("custom"), run.resolve("oci/there"));
    before.forgetUnconfigured(List.of(CONTAINER));
    before.remember();
    before.remember();
    assertThat(run.resolve("oci")).isDirectoryNotContaining(entry -> !entry.endsWith("custom"));
    OciRuntimes after = runtimes(run.resolve("oci/there"));
    after.forgetUnconfigured(List.of(CONTAINER));
    assertThat(state).exists();
    after.delete(CONTAINER);
    assertThat(state.getParent()).doesNotExist();
    after.forgetUnconfigured(List.of());
    assertThat(Files.exists(run.resolve("oci/custom"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(stranger).as("it is not the daemon's").exists();
  }
}
