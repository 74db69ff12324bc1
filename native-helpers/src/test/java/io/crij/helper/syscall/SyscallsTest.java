package io.crij.helper.syscall;

import static jnr.constants.platform.Errno.ENOTEMPTY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What our calls do and see, beside what jnr-posix does and sees of the same files: it calls C by other ways, with types of its own. */
@NullUnmarked
final class SyscallsTest {
  private static final POSIX WITNESS = POSIXFactory.getNativePOSIX();

  @TempDir Path scratch;
  private Fd folder;

  @BeforeEach
  void open() throws IOException {
    folder = Syscalls.openFolder(scratch);
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String path(String name) {
    return scratch.resolve(name).toString();
  }

  private void bothSeeTheSame(String name) throws SyscallException {
    FileStat ours = Syscalls.lstatat(folder, name(name));
    jnr.posix.FileStat theirs = WITNESS.lstat(path(name));
    assertThat(ours.mode()).isEqualTo(theirs.mode());
    assertThat(ours.uid()).isEqualTo(theirs.uid());
    assertThat(ours.gid()).isEqualTo(theirs.gid());
    assertThat(ours.inode()).isEqualTo(theirs.ino());
    assertThat(ours.links()).isEqualTo(theirs.nlink());
    assertThat(ours.size()).isEqualTo(theirs.st_size());
    assertThat(ours.blocks()).isEqualTo(theirs.blocks());
    assertThat(ours.mtimeSeconds()).isEqualTo(theirs.mtime());
    assertThat(ours.deviceMajor()).isEqualTo(theirs.major(theirs.rdev()));
    assertThat(ours.deviceMinor()).isEqualTo(theirs.minor(theirs.rdev()));
  }

  @Test
  void filesOfEveryTypeThatAnyUserMakes() throws Exception {
    Syscalls.mkdirat(folder, name("folder"), 0750);
    Syscalls.mknodat(folder, name("pipe"), FileStat.FIFO | 0600, 0, 0);
    Syscalls.symlinkat(name("no/such/thing"), folder, name("link"));
    Files.writeString(scratch.resolve("file"), "contents");
    Syscalls.linkat(folder, name("file"), folder, name("other"));
    for (String each : List.of("folder", "pipe", "link", "file", "other")) {
      bothSeeTheSame(each);
    }
    assertThat(WITNESS.lstat(path("folder")).isDirectory()).isTrue();
    assertThat(WITNESS.lstat(path("pipe")).isFifo()).isTrue();
    assertThat(WITNESS.lstat(path("file")).nlink()).isEqualTo(2);
    assertThat(WITNESS.readlink(path("link"))).isEqualTo("no/such/thing");
    assertThat(Syscalls.readlinkat(folder, name("link"))).isEqualTo(name("no/such/thing"));
  }

  @Test
  void whatTheOtherMadeIsSeen() throws Exception {
    assertThat(WITNESS.mkdir(path("folder"), 0711)).isZero();
    assertThat(WITNESS.mkfifo(path("pipe"), 0640)).isZero();
    assertThat(WITNESS.symlink("target", path("link"))).isZero();
    for (String each : List.of("folder", "pipe", "link")) {
      bothSeeTheSame(each);
    }
  }

  @Test
  void modesOwnersAndTimes() throws Exception {
    Files.writeString(scratch.resolve("file"), "x");
    Syscalls.fchmodat(folder, name("file"), 04751);
    assertThat(WITNESS.lstat(path("file")).mode() & 07777).isEqualTo(04751);
    // To whom it belongs already, for another owner wants root; minus one leaves the owner as it is.
    Syscalls.lchownat(folder, name("file"), WITNESS.geteuid(), -1);
    // Before 1970, and after the 32 bits of seconds.
    for (long seconds : List.of(-86_400L, 0L, 5_000_000_000L)) {
      Syscalls.utimensat(folder, name("file"), seconds, 999_999_999);
      assertThat(WITNESS.lstat(path("file")).mtime()).isEqualTo(seconds);
      assertThat(Syscalls.lstatat(folder, name("file")).mtimeNanos()).isEqualTo(999_999_999);
      bothSeeTheSame("file");
    }
  }

  @Test
  void bytesBeyondFourGigabytes() throws Exception {
    long far = (5L << 30) + 7;
    try (Fd file = Syscalls.openat2(folder, name("sparse"), Open.WRITE | Open.CREATE | Open.EXCLUSIVE, 0600, Open.RESOLVE_BENEATH);
        Arena arena = Arena.ofConfined()) {
      Syscalls.pwriteAll(file, arena.allocateFrom("end"), 3, far);
    }
    assertThat(WITNESS.lstat(path("sparse")).st_size()).isEqualTo(far + 3);
    bothSeeTheSame("sparse");
    try (Fd file = Syscalls.openFile(scratch.resolve("sparse"));
        Arena arena = Arena.ofConfined()) {
      MemorySegment read = arena.allocate(8);
      assertThat(Syscalls.pread(file, read, far)).isEqualTo(3);
      assertThat(read.getString(0)).isEqualTo("end");
    }
  }

  @Test
  void aFolderIsListedWhole() throws Exception {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      made.add("n".repeat(200) + i);
      assertThat(WITNESS.mkdir(path(made.getLast()), 0700)).isZero();
    }
    List<String> seen = new ArrayList<>();
    Syscalls.readFolder(folder, entry -> seen.add(new String(entry.name(), StandardCharsets.UTF_8)));
    assertThat(seen).containsExactlyInAnyOrderElementsOf(made);
  }

  @Test
  void whatFailsSaysWhy() throws Exception {
    Syscalls.mkdirat(folder, name("full"), 0700);
    Files.createFile(scratch.resolve("full/file"));
    assertThatThrownBy(() -> Syscalls.rmdirat(folder, name("full")))
        .isInstanceOfSatisfying(SyscallException.class, e -> assertThat(e.errno()).isEqualTo(ENOTEMPTY.intValue()));
    assertThat(Syscalls.lstatatIfPresent(folder, name("none"))).isNull();
  }
}
