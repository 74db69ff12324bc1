package io.crij.netns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CniConfigFolderTest {
  private static final String GOOD = "{\"cniVersion\":\"1.0.0\",\"name\":\"%s\",\"type\":\"bridge\"}";

  @TempDir Path folder;

  private void put(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  private static String nameOf(CniConfigFolder configs) {
    CniConfig config = configs.look().config();
    return config == null ? "none: " + configs.look().problem() : config.name();
  }

  @Test
  void theFirstValidFileByNameIsUsed() throws Exception {
    put("00-readme.txt", GOOD.formatted("text"));
    put("05-broken.conflist", "{");
    put("20-b.conflist", GOOD.formatted("b"));
    put("10-a.json", GOOD.formatted("a"));
    assertThat(nameOf(new CniConfigFolder(folder))).isEqualTo("a");
  }

  @Test
  void lateReplacedAndRemovedFilesAreNoticed() throws Exception {
    CniConfigFolder configs = new CniConfigFolder(folder);
    assertThat(configs.look().problem()).contains(folder.toString()).contains("*.conflist");
    put("10-a.conf", GOOD.formatted("one"));
    assertThat(nameOf(configs)).isEqualTo("one");
    put(".10-a.tmp", GOOD.formatted("two"));
    Files.move(folder.resolve(".10-a.tmp"), folder.resolve("10-a.conf"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(nameOf(configs)).isEqualTo("two");
    put("00-first.conf", GOOD.formatted("three"));
    assertThat(nameOf(configs)).isEqualTo("three");
    Files.delete(folder.resolve("00-first.conf"));
    assertThat(nameOf(configs)).isEqualTo("two");
    Files.delete(folder.resolve("10-a.conf"));
    assertThat(configs.look().config()).isNull();
  }

  @Test
  void whatIsWrongWithEachFileIsSaid() throws Exception {
    put("1.conf", "{\"cniVersion\":\"0.2.0\",\"name\":\"old\",\"type\":\"bridge\"}");
    put("2.conf", "{\"cniVersion\":\"1.0.0\",\"name\":\"x\",\"type\":\"../../bin/sh\"}");
    put("3.conflist", "{\"cniVersion\":\"1.0.0\",\"name\":\"x\",\"plugins\":[]}");
    put("4.conf", "{\"cniVersion\":\"1.0.0\",\"name\":\"a/b\",\"type\":\"bridge\"}");
    assertThat(new CniConfigFolder(folder).look().problem())
        .contains("1.conf: its 'cniVersion' is [0.2.0]")
        .contains("2.conf: the plugin type '../../bin/sh' is not a plain file name")
        .contains("3.conflist: its 'plugins'")
        .contains("4.conf: its 'name'");
  }

  @Test
  void aMissingFolderIsNamed() {
    Path missing = folder.resolve("net.d");
    assertThat(new CniConfigFolder(missing).look().problem()).contains(missing.toString()).contains("does not exist");
  }

  @Test
  void aFileLoopOfLinksHidesNoOther() throws Exception {
    Files.createSymbolicLink(folder.resolve("00-gone.conf"), folder.resolve("nowhere"));
    put("10-a.conf", GOOD.formatted("a"));
    assertThat(nameOf(new CniConfigFolder(folder))).isEqualTo("a");
  }

  @Test
  void theNewestVersionThatIsSpokenIsChosen() throws Exception {
    assertThat(
            CniConfig.parse(
                    "{\"cniVersion\":\"0.4.0\",\"cniVersions\":[\"1.0.0\",\"1.1.0\",\"2.0.0\"],\"name\":\"x\",\"type\":\"t\",\"disableCheck\":\"true\"}"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .satisfies(
            config -> {
              assertThat(config.version()).isEqualTo("1.1.0");
              assertThat(config.disableCheck()).isTrue();
              assertThat(config.disableGc()).isFalse();
            });
  }
}
