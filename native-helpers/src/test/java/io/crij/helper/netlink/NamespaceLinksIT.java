package io.crij.helper.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interfaces of a namespace in which no process is; needs root. */
class NamespaceLinksIT {
  private final String name = "crij-it-links-" + ProcessHandle.current().pid();
  private final Path pin = Path.of("/run/netns", name);

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
  }

  @BeforeEach
  void makeNamespace() throws Exception {
    run("ip", "netns", "add", name);
    run("ip", "-n", name, "link", "set", "lo", "up");
  }

  @AfterEach
  void removeNamespace() throws Exception {
    run("ip", "netns", "delete", name);
  }

  private LinkCounters link(String wanted) throws IOException {
    return NamespaceLinks.of(pin).stream().filter(link -> link.name().equals(wanted)).findFirst().orElseThrow();
  }

  @Test
  void countsWhatWentThrough() throws Exception {
    assertThat(link("lo").rxPackets()).isZero();
    run("ip", "netns", "exec", name, "bash", "-c", "echo -n 12345678 > /dev/udp/127.0.0.1/9; true");
    LinkCounters after = link("lo");
    assertThat(after.txBytes()).isGreaterThanOrEqualTo(8 + 8 + 20).isEqualTo(after.rxBytes());
    assertThat(after.txPackets()).isPositive();
  }

  @Test
  void seesInterfacesWithAndWithoutAPeerOnTheHost() throws Exception {
    run("ip", "-n", name, "link", "add", "alone0", "type", "bridge");
    assertThat(NamespaceLinks.of(pin)).extracting(LinkCounters::name).containsExactly("lo", "alone0");
    assertThat(link("alone0").rxBytes()).isZero();
  }

  private static long openFiles() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  @Test
  void manyQuestionsLeaveNothingOpen() throws Exception {
    link("lo");
    long before = openFiles();
    for (int i = 0; i < 500; i++) {
      link("lo");
      assertThatThrownBy(() -> NamespaceLinks.of(Path.of("/proc/self/status"))).isInstanceOf(IOException.class);
    }
    assertThat(openFiles()).isLessThan(before + 100); // other tests' threads open and close files, too
  }

  @Test
  void aFileThatIsNoNamespaceIsRefused(@TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("x"));
    assertThatThrownBy(() -> NamespaceLinks.of(file)).isInstanceOf(IOException.class).hasMessageContaining("does not tell");
    assertThatThrownBy(() -> NamespaceLinks.of(folder.resolve("none"))).isInstanceOf(IOException.class);
  }
}
