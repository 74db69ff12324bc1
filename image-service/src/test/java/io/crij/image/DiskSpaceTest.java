package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskSpaceTest {
  private static List<IOException> all(String words) {
    return List.of(new FileSystemException("/images/x", null, words), new IOException(words));
  }

  @Test
  void eachFaultOfADiskIsTold() {
    assertThat(all("Input/output error")).allMatch(DiskSpace::isBroken).noneMatch(DiskSpace::isReadOnly).noneMatch(DiskSpace::isExhausted);
    assertThat(all("Read-only file system")).allMatch(DiskSpace::isReadOnly).noneMatch(DiskSpace::isBroken);
    assertThat(all("No space left on device")).allMatch(DiskSpace::isExhausted).noneMatch(DiskSpace::isBroken);
  }
}
