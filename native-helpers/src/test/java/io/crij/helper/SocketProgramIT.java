package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class SocketProgramIT {
  @TempDir Path folder;

  private Path script(String text) throws IOException {
    Path file = folder.resolve("program");
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private static String readAll(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (channel.read(buffer.clear()) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theProgramHasItsSocketItsEnvironmentAndNothingElse() throws Exception {
    // What the shell sees of itself: while a child of it looks, it may hold pipes and block signals.
    Path program =
        script(
            "#!/bin/sh\nread line <&3\n"
                + "{ echo \"said $line\"; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD=; for f in /proc/$$/fd/?; do [ ! -L $f ] || printf '%s ' ${f##*/}; done; while read key value; do [ $key != SigBlk: ] || echo $key $value; done </proc/$$/status; } >&3\n");
    try (SocketProgram running = SocketProgram.start(RealPod.CRIJ_POD, folder, program, Map.of("NRI_PLUGIN_IDX", "10"))) {
      SocketChannel channel = running.channel();
      channel.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.UTF_8)));
      assertThat(readAll(channel)).isEqualTo("said hello\nNRI_PLUGIN_IDX=10\n0 1 2 3 SigBlk: 0000000000000000\n");
      channel.close();
    }
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(program);
    }
  }

  @Test
  void closingKillsIt() throws Exception {
    Path program = script("#!/bin/sh\ntrap '' TERM HUP PIPE\necho ready >&3\nwhile :; do read line <&3 || exec sleep 1000; done\n");
    SocketProgram running = SocketProgram.start(RealPod.CRIJ_POD, folder, program, Map.of());
    ProcessHandle process = ProcessHandle.of(running.pid()).orElseThrow();
    running.channel().read(ByteBuffer.allocate(10));
    running.close();
    assertThat(process.onExit().join().isAlive()).isFalse();
    running.channel().close();
  }

  @Test
  void aProgramThatCannotBeExecutedIsToldOrItsConnectionEnds() throws Exception {
    Path missing = folder.resolve("missing");
    try (SocketProgram running = SocketProgram.start(RealPod.CRIJ_POD, folder, missing, Map.of())) {
      // It connected before it could see that; all that is left of it is the end of the connection.
      assertThat(readAll(running.channel())).isEmpty();
      running.channel().close();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining(missing.toString());
    }
    assertThatThrownBy(() -> SocketProgram.start(folder.resolve("no-crij-pod"), folder, missing, Map.of())).isInstanceOf(IOException.class);
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
