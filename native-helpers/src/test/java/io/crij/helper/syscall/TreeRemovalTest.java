package io.crij.helper.syscall;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TreeRemovalTest {
  @TempDir Path scratch = Path.of("");

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Folders in each other, made by descriptors: no path reaches the innermost. */
  private static void nest(Path top, String name, int depth) throws IOException {
    Fd at = Syscalls.openFolder(top);
    for (int i = 0; i < depth; i++) {
      Syscalls.mkdirat(at, name(name), 0700);
      Fd next = Syscalls.openat2(at, name(name), Open.READ | Open.FOLDER, 0, Open.RESOLVE_BENEATH);
      at.close();
      at = next;
    }
    at.close();
  }

  @Test
  void aTreeDeeperThanAnyPathGoes() throws IOException {
    Path tree = Files.createDirectory(scratch.resolve("tree"));
    nest(tree, "a".repeat(100), 500);
    TreeRemoval.remove(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void namesLikeThoseOfTheRemovalItselfDoNotStopIt() throws IOException {
    Path tree = Files.createDirectory(scratch.resolve("tree"));
    for (int i = 0; i < 20; i++) {
      Path taken = tree.resolve(".deep-" + i);
      if (i % 2 == 0) {
        Files.createFile(taken);
      } else {
        Files.createFile(Files.createDirectory(taken).resolve("f"));
      }
    }
    nest(tree, "d", 350);
    TreeRemoval.remove(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void moreNamesThanFitIntoOneReadGo() throws IOException {
    Path tree = Files.createDirectory(scratch.resolve("tree"));
    for (int i = 0; i < 3000; i++) {
      Files.createFile(tree.resolve("n".repeat(200) + i));
    }
    TreeRemoval.remove(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void linksAreNotFollowedAndNothingIsFine() throws IOException {
    Path outside = Files.createFile(Files.createDirectory(scratch.resolve("outside")).resolve("canary"));
    Path tree = Files.createDirectory(scratch.resolve("tree"));
    Files.createSymbolicLink(tree.resolve("link"), scratch.resolve("outside"));
    TreeRemoval.remove(tree);
    TreeRemoval.remove(tree);
    assertThat(tree).doesNotExist();
    assertThat(outside).exists();
  }

  @Test
  void aFolderInsideIntoWhichSomebodyStillWritesGoes() throws Exception {
    for (int i = 0; i < 300; i++) {
      Path tree = Files.createDirectory(scratch.resolve("tree"));
      Path file = Files.createFile(Files.createDirectory(tree.resolve("inner")).resolve("early"));
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (Files.exists(file)) {
                      Thread.onSpinWait();
                    }
                    try {
                      Files.createFile(file.resolveSibling("late"));
                    } catch (IOException e) {
                      // The folder was gone before.
                    }
                  });
      TreeRemoval.remove(tree);
      writer.join();
      assertThat(tree).doesNotExist();
    }
  }

  @Test
  void anInterruptIsKeptAndTheWorkIsDone() throws Exception {
    Path tree = Files.createDirectory(scratch.resolve("tree"));
    nest(tree, "d", 300);
    AtomicReference<@Nullable Boolean> kept = new AtomicReference<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  Thread.currentThread().interrupt();
                  try {
                    TreeRemoval.remove(tree);
                    kept.set(Thread.currentThread().isInterrupted());
                  } catch (IOException e) {
                    kept.set(null);
                  }
                });
    thread.join();
    assertThat(kept.get()).isTrue();
    assertThat(tree).doesNotExist();
  }
}
