package io.crij.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.crij.nri.NriSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void place() {
    file = folder.resolve("config.toml");
  }

  private Config load() throws ConfigException {
    return ConfigLoader.load(new CommandLine(file, null, null, null));
  }

  private List<String> mistakes() {
    return catchThrowableOfType(ConfigException.class, this::load).problems().stream().map(ConfigProblem::toString).toList();
  }

  @Test
  void theFileThatDocumentsTheDefaultsMeansTheDefaults() throws Exception {
    Files.writeString(file, DefaultConfig.toml());
    Config documented = load();
    Files.writeString(file, "");
    assertThat(documented).isEqualTo(load());
    assertThat(documented.socket()).isEqualTo(Path.of("/run/crij/crij.sock"));
    assertThat(documented.cni().confDir()).isEqualTo(Path.of("/etc/cni/net.d"));
  }

  @Test
  void handlersAreTablesWithAProgram() throws Exception {
    Files.writeString(file, "[runtimes.runc]\nkind = 'oci'\npath = '/usr/sbin/runc'\n[runtimes.runsc]\nkind = 'gvisor'\npath = '/r'\nroot = '/s'\nargs = ['--platform=ptrace']\n");
    assertThat(load().runtimes())
        .containsExactly(
            new Config.Runtime("runc", Path.of("/usr/sbin/runc"), null, false, List.of()),
            new Config.Runtime("runsc", Path.of("/r"), Path.of("/s"), true, List.of("--platform=ptrace")));
    Files.writeString(file, "[runtimes.runc]\nkind = 'kata'\npath = '/r'\n");
    assertThat(mistakes()).singleElement().asString().contains("'runtimes' of runc: 'kind'");
    Files.writeString(file, "[runtimes.runc]\nkind = 'oci'\n");
    assertThat(mistakes()).singleElement().asString().contains("needs kind");
    Files.writeString(file, "[runtimes.crij]\nkind = 'oci'\npath = '/r'\n");
    assertThat(mistakes()).singleElement().asString().contains("built-in");
    Files.writeString(file, "[runtimes.runc]\nkind = 'oci'\npath = '/r'\nargv = []\n");
    assertThat(mistakes()).singleElement().asString().contains("'argv' is not known");
  }

  @Test
  void streamsLeaveTheNodeOnlyOverTls() throws Exception {
    Files.writeString(file, "");
    assertThat(load().streaming().address().getHostAddress()).isEqualTo("127.0.0.1");
    assertThat(load().streaming().idleTimeout()).isEqualTo(Duration.ofHours(4));
    Files.writeString(file, "[streaming]\naddress = '0.0.0.0'\n");
    assertThat(mistakes()).singleElement().asString().contains("streaming.address 0.0.0.0", "set streaming.tls");
    Files.writeString(file, "[streaming]\naddress = '::'\ntls = 'self-signed'\nport = 10010\n");
    assertThat(load().streaming().tls()).isEqualTo(Config.StreamingTls.SELF_SIGNED);
    Files.writeString(file, "[streaming]\naddress = 'localhost'\n");
    assertThat(mistakes()).singleElement().asString().contains("'streaming.address' must be an IP address");
    Files.writeString(file, "[streaming]\ntls = 'files'\ntls_cert = '/c'\n");
    assertThat(mistakes()).singleElement().asString().contains("streaming.tls_key both have to be set");
    Files.writeString(file, "[streaming]\ntls_cert = '/c'\ntls_key = '/k'\n");
    assertThat(mistakes()).singleElement().asString().contains("used only if streaming.tls is \"files\"");
  }

  @Test
  void nriPluginsHaveTablesOfTheirOwn() throws Exception {
    Files.writeString(file, "[nri]\non_failure = 'ignore'\n[nri.plugins.'10-vital']\non_failure = 'fail'\n[nri.plugins.slow]\nrequest_timeout_ms = 9000\n");
    Config.Nri nri = load().nri();
    assertThat(nri.enable()).isTrue();
    assertThat(nri.settings().rules())
        .containsExactlyInAnyOrder(
            new NriSettings.Rule("10-vital", null, NriSettings.OnFailure.FAIL), new NriSettings.Rule("slow", Duration.ofSeconds(9), null));
    Files.writeString(file, "[nri.plugins.x]\non_failure = 'explode'\n");
    assertThat(mistakes()).singleElement().asString().contains("of x: 'on_failure' must be one of [ignore, fail]");
    Files.writeString(file, "[nri.plugins.x]\nretries = 3\n");
    assertThat(mistakes()).singleElement().asString().contains("of x: 'retries' is not known");
    Files.writeString(file, "[nri]\nplugins = 3\nenable = 'no'\n");
    assertThat(mistakes()).hasSize(2);
  }

  @Test
  void aNamedFileMustExist() {
    assertThat(mistakes()).containsExactly(file + ": cannot be read: no such file");
  }

  @Test
  void dropInsWinByNameAndTheCommandLineWinsOverAll() throws Exception {
    Files.writeString(file, "run = '/r/file'\n[log]\nlevel = 'warn'\n[images]\nmax_parallel_downloads = 7\n");
    Path dropIns = Files.createDirectory(folder.resolve("config.toml.d"));
    Files.writeString(dropIns.resolve("20.toml"), "[log]\nlevel = 'debug'\n");
    Files.writeString(dropIns.resolve("10.toml"), "root = '/d/ten'\n[log]\nlevel = 'error'\n");
    Files.writeString(dropIns.resolve("notes.txt"), "not TOML at all");
    Config config = ConfigLoader.load(new CommandLine(file, null, null, Path.of("/r/line")));
    assertThat(config.log().level()).isEqualTo("debug");
    assertThat(config.images().maxParallelDownloads()).isEqualTo(7);
    assertThat(config.root()).isEqualTo(Path.of("/d/ten"));
    assertThat(config.run()).isEqualTo(Path.of("/r/line"));
    assertThat(config.socket()).isEqualTo(Path.of("/r/line/crij.sock"));
  }

  @Test
  void allMistakesOfAllFilesAreNamedTogetherWithTheirLines() throws Exception {
    Files.writeString(file, "root = 'relative'\nrutn = '/x'\n\n[cni]\nconf_dirs = '/etc/cni'\nbin_dirs = '/opt'\n[cgroup]\ndriver = 'docker'\n");
    Path dropIns = Files.createDirectory(folder.resolve("config.toml.d"));
    Path broken = Files.writeString(dropIns.resolve("a.toml"), "socket_gids = [1,\n= 3");
    Path second = Files.writeString(dropIns.resolve("b.toml"), "log = 3\n[images]\nmax_parallel_downloads = 0\n[telemetry]\nendpoint = 'x'\n");
    assertThat(mistakes())
        .contains(
            file + ":1: 'root' must be an absolute path in quotes, not \"relative\"",
            file + ":2: unknown key 'rutn'; did you mean 'run'?",
            file + ":5: unknown key 'cni.conf_dirs'; did you mean 'cni.conf_dir'?",
            file + ":6: 'cni.bin_dirs' must be a list in brackets, not \"/opt\"",
            file + ":8: 'cgroup.driver' must be one of [auto, cgroupfs, systemd], not \"docker\"",
            second + ":1: 'log' is a table, not a value",
            second + ":3: 'images.max_parallel_downloads' must be a whole number from 1 to 64, not 0",
            second + ":4: unknown key 'telemetry'")
        .hasSize(9)
        .anyMatch(line -> line.startsWith(broken + ":2: not TOML"));
  }

  @Test
  void aRunFolderWhoseControlSocketsWouldNotFitIsRefused() throws IOException {
    Files.writeString(file, "run = '/" + "r".repeat(87) + "'\n");
    assertThat(mistakes()).hasSize(1).first().asString().contains("is 1 bytes too long");
  }

  @Test
  void theLongestRunFolderThatFitsIsTaken() throws Exception {
    Files.writeString(file, "run = '/" + "r".repeat(86) + "'\n");
    assertThat(load().run().toString()).hasSize(87);
  }

  @Test
  void aRelativePathOnTheCommandLineIsTakenFromTheWorkingFolder() throws Exception {
    Files.writeString(file, "");
    Config config = ConfigLoader.load(new CommandLine(file, null, Path.of("some/root"), null));
    assertThat(config.root()).isEqualTo(Path.of("some/root").toAbsolutePath());
  }

  @Test
  void nothingIsTakenFromAFileWithTheSameKeyTwice() throws IOException {
    Files.writeString(file, "root = '/a'\nroot = '/b'\n");
    assertThatThrownBy(this::load).hasMessageContaining("not TOML: Duplicate key");
  }
}
