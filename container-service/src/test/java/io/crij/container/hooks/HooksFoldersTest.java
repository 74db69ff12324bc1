package io.crij.container.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HooksFoldersTest {
  private static final String WHOLE =
      """
      {"version": "1.0.0", "hook": {"path": "/usr/libexec/gpu", "args": ["gpu", "prestart"], "env": ["A=1"], "timeout": 3},
       "when": {"annotations": {"^gpu$": "^yes$"}, "commands": ["sh$"], "hasBindMounts": true}, "stages": ["prestart", "poststop"]}
      """;

  private static final HooksFolders.About SHELL = new HooksFolders.About(Map.of("gpu", "yes", "other", "x"), "/bin/sh", true);

  @TempDir Path scratch;

  private Hooks hooks(HooksFolders.About container) {
    return new HooksFolders(List.of(scratch, scratch.resolve("later"), scratch.resolve("missing"))).of(container);
  }

  private static String when(String when) {
    return "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"when\":" + when + ",\"stages\":[\"poststart\"]}";
  }

  @Test
  void aHookIsGivenToWhomItsFileNames() throws IOException {
    Files.writeString(scratch.resolve("gpu.json"), WHOLE);
    Files.writeString(scratch.resolve("README"), "no hook");
    Hook hook = new Hook("/usr/libexec/gpu", List.of("gpu", "prestart"), List.of("A=1"), 3000);
    assertThat(hooks(SHELL)).isEqualTo(new Hooks(Map.of(HookStage.PRESTART, List.of(hook), HookStage.POSTSTOP, List.of(hook))));
    assertThat(hooks(new HooksFolders.About(Map.of("gpu", "no"), "/bin/sh", true)).isEmpty()).isTrue();
    assertThat(hooks(new HooksFolders.About(Map.of("gpu", "yes"), "/bin/true", true)).isEmpty()).isTrue();
    assertThat(hooks(new HooksFolders.About(Map.of("gpu", "yes"), "/bin/sh", false)).isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"always\":true}|true", "{\"always\":false}|false", "{}|false", "{\"hasBindMounts\":false}|false", "{\"hasBindMounts\":true}|true",
        "{\"commands\":[\"true\",\"sh\"]}|true", "{\"commands\":[\"^sh\"]}|false", "{\"annotations\":{\"g.u\":\"y\"}}|true",
        "{\"annotations\":{\"gpu\":\"y\",\"none\":\"\"}}|false", "{\"always\":true,\"commands\":[\"none\"]}|false"
      })
  void allThatIsSaidHasToBeTrue(String when, boolean given) throws IOException {
    Files.writeString(scratch.resolve("a.json"), when(when));
    assertThat(hooks(SHELL).isEmpty()).isEqualTo(!given);
  }

  @Test
  void theLaterFolderWinsAndNamesAreTheOrder() throws IOException {
    Files.createDirectory(scratch.resolve("later"));
    for (String file : List.of("b.json", "a.json", "later/b.json")) {
      Files.writeString(scratch.resolve(file), when("{\"always\":true}").replace("/x", "/" + file));
    }
    assertThat(hooks(SHELL).at(HookStage.POSTSTART)).extracting(Hook::path).containsExactly("/a.json", "/later/b.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{", "[]", "{}", "{\"version\":\"0.1.0\"}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"x\"},\"when\":{\"always\":true},\"stages\":[\"prestart\"]}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"when\":{\"always\":true},\"stages\":[]}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"when\":{\"always\":true},\"stages\":[\"preboot\"]}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"stages\":[\"prestart\"]}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\",\"timeout\":0},\"when\":{},\"stages\":[\"prestart\"]}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"when\":{\"commands\":[\"(\"]},\"stages\":[\"prestart\"]}",
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"when\":{\"never\":true},\"stages\":[\"prestart\"]}"
      })
  void oneThatIsWrongIsNamed(String text) throws IOException {
    Files.writeString(scratch.resolve("wrong.json"), text);
    assertThatThrownBy(() -> hooks(SHELL))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining("wrong.json");
  }

  /** An operator's careless pattern and a text that a pod's author chose for it. */
  @Test
  void aPatternThatTakesTooLongIsGivenUp() throws IOException {
    Files.writeString(scratch.resolve("slow.json"), when("{\"annotations\":{\"gpu\":\"^(.*a){20}$\"}}"));
    assertThatThrownBy(() -> hooks(new HooksFolders.About(Map.of("gpu", "a".repeat(64) + "!"), "sh", false)))
        .hasMessageContaining("slow.json")
        .hasMessageContaining("too long");
  }

  @Test
  void mutatedFilesAreReadOrRefused() throws IOException {
    Random random = new Random(7);
    byte[] whole = WHOLE.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 2000; i++) {
      byte[] text = whole.clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        text[random.nextInt(text.length)] = (byte) random.nextInt(256);
      }
      HookFileTarget.read(text);
      Files.write(scratch.resolve("mutated.json"), text);
      try {
        assertThat(hooks(SHELL).stages().keySet()).isSubsetOf(HookStage.PRESTART, HookStage.POSTSTOP);
      } catch (CriException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
      }
    }
  }
}
