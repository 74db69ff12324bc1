package io.crij.daemon.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnedFolderTest {
  @TempDir Path scratch;

  @Test
  void aSecondDaemonIsRefusedWithThePidOfTheFirst() throws Exception {
    Path folder = scratch.resolve("root");
    Process holder = holder(folder);
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held");
      assertThatThrownBy(() -> OwnedFolder.take(folder, "rwx------"))
          .isInstanceOf(StartException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("(pid " + holder.pid() + ")");
    } finally {
      holder.destroyForcibly().waitFor();
    }
    try (OwnedFolder mine = OwnedFolder.take(folder, "rwx------")) {
      assertThat(mine).as("a killed holder leaves nothing to clean up").isNotNull();
    }
  }

  private static Process holder(Path folder) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(List.of(java, "-cp", System.getProperty("java.class.path"), Holder.class.getName(), folder.toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Another daemon, as far as locks go; ends with its stdin. */
  public static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (OwnedFolder held = OwnedFolder.take(Path.of(arguments[0]), "rwx------")) {
        System.out.println(held == null ? "" : "held");
        int end = System.in.read();
        System.out.println(end);
      }
    }
  }

  @Test
  void theSameProcessCannotTakeItTwiceEither() throws Exception {
    try (OwnedFolder first = OwnedFolder.take(scratch, "rwx--x--x")) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> OwnedFolder.take(scratch, "rwx--x--x")).isInstanceOf(StartException.class);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(scratch))).isEqualTo("rwx--x--x");
    }
  }
}
