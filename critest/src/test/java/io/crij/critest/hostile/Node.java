package io.crij.critest.hostile;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.cri.AuthConfig;
import io.crij.cri.ImageServiceGrpc;
import io.crij.cri.ImageSpec;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A daemon of its own, started as an operator starts it, with the sizes of its process and the files of its store. */
final class Node implements AutoCloseable {
  private final Path folder;
  private final Path canary;
  private final Process daemon;
  private final EventLoopGroup loops;
  private final ManagedChannel channel;

  /** @param config lines of crij.toml beside the paths */
  Node(Path crij, Path folder, String config) throws Exception {
    this.folder = folder;
    this.canary = folder("canary");
    Path deep = folder("canary/deep");
    Files.writeString(deep.resolve("file"), "untouched");
    Files.createSymbolicLink(deep.resolve("link"), Path.of("file"));
    Files.writeString(canary.resolve("passwd"), "secret-of-the-host:x:0:0::/:\n");
    Files.writeString(
        folder.resolve("crij.toml"),
        "root = \"%1$s/root\"\nrun = \"%1$s/run\"\n%2$s\n[cni]\nconf_dir = \"%1$s/cni\"\n[nri]\nenable = false\n[log]\nlevel = \"debug\"\n".formatted(folder, config));
    daemon =
        new ProcessBuilder(crij.toString(), "serve", "--config", folder.resolve("crij.toml").toString())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .start();
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    channel = connect();
    runtime().withWaitForReady().withDeadlineAfter(60, TimeUnit.SECONDS).version(VersionRequest.getDefaultInstance());
  }

  /** A connection of its own, as another client of the node has; the caller shuts it down. */
  ManagedChannel connect() {
    return NettyChannelBuilder.forAddress(new DomainSocketAddress(folder.resolve("run/crij.sock").toFile()))
        .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
        .eventLoopGroup(loops)
        .overrideAuthority("localhost")
        .usePlaintext()
        .build();
  }

  Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  Path canary() {
    return canary;
  }

  Path log() {
    return folder.resolve("daemon.log");
  }

  long pid() {
    return daemon.pid();
  }

  boolean isAlive() {
    return daemon.isAlive();
  }

  RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel);
  }

  ImageServiceGrpc.ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel);
  }

  ManagedChannel channel() {
    return channel;
  }

  String pull(String reference, AuthConfig auth, Duration limit) throws StatusRuntimeException {
    return images()
        .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
        .pullImage(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(reference)).setAuth(auth).build())
        .getImageRef();
  }

  void remove(String reference) {
    images().removeImage(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(reference)).build());
  }

  int imageCount() {
    return images().listImages(ListImagesRequest.getDefaultInstance()).getImagesCount();
  }

  Path topLayer(String reference) {
    ImageStatusRequest request = ImageStatusRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(reference)).setVerbose(true).build();
    try {
      JsonNode info = HostileImage.JSON.readTree(images().imageStatus(request).getInfoMap().getOrDefault("info", "{}"));
      return Path.of(info.path("layersBase").asText()).resolve(info.path("layersTopFirst").path(0).asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each file of the store with its length, but for the note of what is not on the disk yet, which comes and goes by time. */
  String store() throws IOException {
    return listing(folder.resolve("root/images"), false).replaceAll("(?m)^[^\n]*unsynced[^\n]*\n", "");
  }

  /** All of the host that an image could want to change: names, types, modes, owners, times, lengths and content. */
  String host() throws IOException {
    return listing(canary(), true);
  }

  private static String listing(Path top, boolean closely) throws IOException {
    TreeMap<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : files.toList()) {
        try {
          var facts = Files.readAttributes(file, "unix:mode,uid,gid,nlink,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
          boolean isFolder = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
          String content = closely && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? HostileImage.digest(Files.readAllBytes(file)) : "";
          found.put(top.relativize(file).toString(), closely ? facts + content : isFolder ? "folder" : String.valueOf(facts.get("size")));
        } catch (NoSuchFileException e) {
          found.remove(top.relativize(file).toString()); // It went while we looked.
        }
      }
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return listing(top, closely);
      }
      throw e;
    }
    StringBuilder text = new StringBuilder();
    found.forEach((name, facts) -> text.append(name).append(' ').append(facts).append('\n'));
    return text.toString();
  }

  /** Heap in use after a collection, in KiB. */
  long heapKib() throws IOException, InterruptedException {
    jcmd("GC.run");
    Matcher used = Pattern.compile("(?:total \\d+K, )used (\\d+)K").matcher(jcmd("GC.heap_info").replaceAll("(?s)Metaspace.*", ""));
    long sum = 0;
    while (used.find()) {
      sum += Long.parseLong(used.group(1));
    }
    Scene.require(sum > 0, "jcmd says nothing of the heap");
    return sum;
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/jcmd").toString(), String.valueOf(pid()), command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Scene.require(process.waitFor() == 0, "jcmd " + command + " failed: " + said);
    return said;
  }

  /** A line of /proc/PID/status in KiB: VmRSS for now, VmHWM for the most there was. */
  long statusKib(String key) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
      if (line.startsWith(key + ":")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no " + key);
  }

  int descriptors() throws IOException {
    return count("fd");
  }

  int threads() throws IOException {
    return count("task");
  }

  /** How many threads there are of each name; numbers in names are left out. */
  Map<String, Integer> threadNames() throws IOException {
    Map<String, Integer> names = new TreeMap<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      for (Path task : tasks.toList()) {
        try {
          names.merge(Files.readString(task.resolve("comm")).strip().replaceAll("[0-9]+", "N"), 1, Integer::sum);
        } catch (IOException e) {
          names.merge("ended", 1, Integer::sum);
        }
      }
    }
    return names;
  }

  private int count(String what) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/" + pid() + "/" + what))) {
      return (int) entries.count();
    }
  }

  @Override
  public void close() throws Exception {
    channel.shutdownNow();
    daemon.destroy();
    if (!daemon.waitFor(15, TimeUnit.SECONDS)) {
      daemon.destroyForcibly().waitFor();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }
}
