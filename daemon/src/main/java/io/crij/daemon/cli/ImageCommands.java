package io.crij.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.daemon.rpc.DaemonClient;
import io.crij.image.SaveImages;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.ExecutionException;

/** {@code crij images …}: asks the daemon that runs. Answers on stdout, progress and complaints on stderr. */
final class ImageCommands {
  private static final long REDRAW_MILLIS = 200;

  private ImageCommands() {}

  /** The pulls that run now, each with its layers. */
  static int pulls(DaemonClient daemon) throws IOException {
    for (JsonNode pull : daemon.pulls()) {
      System.out.println(PullBars.summary(pull));
      PullBars.lines(pull).forEach(line -> System.out.println("  " + line));
    }
    return 0;
  }

  /** Pulls an image; on a terminal with a bar for each layer. */
  static int pull(DaemonClient daemon, String image) throws IOException, InterruptedException {
    CompletableFuture<String> id =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return daemon.pull(image);
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            },
            work -> Thread.ofPlatform().daemon().name("pull").start(work));
    boolean terminal = System.console() != null && System.console().isTerminal();
    int drawn = 0;
    while (true) {
      try {
        String done = id.get(REDRAW_MILLIS, TimeUnit.MILLISECONDS);
        redraw(drawn, List.of());
        System.out.println(done);
        return 0;
      } catch (TimeoutException e) {
        drawn = terminal ? redraw(drawn, lines(daemon, image)) : 0;
      } catch (ExecutionException e) {
        redraw(drawn, List.of());
        throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
      }
    }
  }

  /** Checks images against their seals; 1 if a layer is damaged. */
  static int verify(DaemonClient daemon, List<String> images, boolean repair) throws IOException {
    int result = 0;
    for (String image : images.isEmpty() ? daemon.images() : images) {
      for (JsonNode layer : daemon.verify(image, repair)) {
        String health = layer.path("health").asText();
        result = health.equals("DAMAGED") ? 1 : result;
        System.out.println(
            image + "  " + layer.path("diffId").asText() + "  " + health.toLowerCase(java.util.Locale.ROOT) + (layer.path("what").asText().isEmpty() ? "" : ": " + layer.path("what").asText()));
      }
    }
    return result;
  }

  /** Writes images as an archive; a file appears whole or not at all. What is there and no file, such as a device or a pipe, is written to. */
  static int save(DaemonClient daemon, List<String> images, SaveImages.Format format, Path output) throws IOException {
    if (output.toString().equals("-")) {
      if (System.console() != null && System.console().isTerminal()) {
        throw new IOException("an archive is nothing for a terminal: name a file with -o, or send the output elsewhere.");
      }
      try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
        daemon.save(images, format, out);
      }
      return 0;
    }
    write(output, out -> daemon.save(images, format, out));
    return 0;
  }

  interface Archive {
    void writeTo(OutputStream out) throws IOException;
  }

  static void write(Path output, Archive archive) throws IOException {
    boolean file = Files.isRegularFile(output);
    if (Files.exists(output) && !file) { // a rename would put a file into the place of /dev/null
      try (OutputStream out = Files.newOutputStream(output, StandardOpenOption.WRITE)) {
        archive.writeTo(out);
      }
      return;
    }
    Path target = file ? output.toRealPath() : output;
    Path partial = target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid());
    partial.toFile().deleteOnExit(); // Ctrl-C runs no finally
    try {
      try (OutputStream out = Files.newOutputStream(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        archive.writeTo(out);
      }
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** Loads an archive; prints the id of each image with its names. */
  static int load(DaemonClient daemon, Path input) throws IOException, InterruptedException {
    try (InputStream in = input.toString().equals("-") ? new FileInputStream(FileDescriptor.in) : Files.newInputStream(input)) {
      for (JsonNode image : daemon.load(in)) {
        StringBuilder line = new StringBuilder(image.path("id").asText());
        image.path("names").forEach(name -> line.append(' ').append(name.asText()));
        System.out.println(line);
      }
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + input + ".", e);
    }
    return 0;
  }

  // The daemon writes a name in full: a short one matches what ends with it.
  private static List<String> lines(DaemonClient daemon, String image) throws IOException {
    for (JsonNode pull : daemon.pulls()) {
      String name = pull.path("image").asText();
      if (name.equals(image) || name.endsWith("/" + image) || name.startsWith(image) || name.endsWith("/" + image + ":latest")) {
        return PullBars.lines(pull);
      }
    }
    return List.of();
  }

  private static int redraw(int before, List<String> lines) {
    StringBuilder text = new StringBuilder();
    if (before > 0) {
      text.append("\u001b[").append(before).append("A\u001b[J"); // ECMA-48: cursor up, erase below
    }
    lines.forEach(line -> text.append(line).append('\n'));
    System.err.print(text);
    System.err.flush();
    return lines.size();
  }
}
