package io.crij.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where {@code crij images save -o} writes. */
class ImageCommandsTest {
  @TempDir Path folder;

  @Test
  void aFileIsThereWholeOrAsItWas() throws IOException {
    Path file = Files.writeString(folder.resolve("a.tar"), "old");
    assertThatThrownBy(
            () ->
                ImageCommands.write(
                    file,
                    out -> {
                      out.write('n');
                      throw new IOException("the daemon went");
                    }))
        .hasMessage("the daemon went");
    assertThat(file).hasContent("old");
    ImageCommands.write(file, out -> out.write('n'));
    assertThat(file).hasContent("n");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void whatIsNoFileIsWrittenToAndNotReplaced() throws IOException {
    Path device = Files.createSymbolicLink(folder.resolve("device"), Path.of("/dev/null"));
    ImageCommands.write(device, out -> out.write('n'));
    assertThat(device).isSymbolicLink();
    assertThat(Files.isRegularFile(device)).isFalse();
  }

  @Test
  void aLinkToAFileStays() throws IOException {
    Path file = Files.writeString(folder.resolve("a.tar"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    ImageCommands.write(link, out -> out.write('n'));
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("n");
  }
}
