package io.crij.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Good documents with a few bytes changed, many times over, in the same order in every run. {@link ParserFuzzTest} searches further. */
class ParserMutationTest {
  private static final int MUTATIONS = 20_000;
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  static Stream<Arguments> targets() throws IOException {
    return Stream.of(
        target("tar", ParserTargets::tar, archive()),
        target("reference", ParserTargets::reference, text("localhost:5000/a/b-c__d:v1.2"), text("Host.example/x@" + DIGEST), text("busybox")),
        target(
            "archive",
            ParserTargets::archive,
            TestImage.Tar.of(tar -> tar.file("manifest.json", "[{\"Config\":\"b\",\"Layers\":[\"a\"],\"RepoTags\":[\"x:1\"]}]").file("a", "x").symlink("b", "./d/../a"))),
        target(
            "archiveIndex",
            ParserTargets::archiveIndex,
            text("[{\"Config\":\"b\",\"Layers\":[\"a\",\"b\"],\"RepoTags\":[\"x:1\",\"localhost:5000/y:2\"]}]"),
            text(
                "{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":7,\"digest\":\""
                    + DIGEST
                    + "\",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/x:1\",\"org.opencontainers.image.ref.name\":\"x:1\"}}]}")),
        target(
            "manifest",
            ParserTargets::manifest,
            text(
                "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"size\":7,\"digest\":\""
                    + DIGEST
                    + "\"},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"size\":9,\"digest\":\""
                    + DIGEST
                    + "\"}]}"),
            text(
                "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":7,\"digest\":\""
                    + DIGEST
                    + "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}")));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void onlyExpectedRefusalsComeOut(Consumer<byte[]> target, List<byte[]> seeds) {
    Random random = new Random(20261121);
    for (byte[] seed : seeds) {
      target.accept(seed);
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] mutated = mutate(seed, random);
        try {
          target.accept(mutated);
        } catch (RuntimeException | Error e) {
          String shown = HexFormat.of().formatHex(Arrays.copyOf(mutated, Math.min(mutated.length, 2048)));
          throw new AssertionError("mutation " + i + " came out as " + e + ": " + shown, e);
        }
      }
    }
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(seed, random.nextInt(seed.length + 1)) : seed.clone();
    for (int changes = 1 + random.nextInt(6); changes > 0 && bytes.length > 0; changes--) {
      bytes[random.nextInt(bytes.length)] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt(256);
            case 1 -> (byte) "/.:@\"\\,=0123456789-xLKgS\0 \n".charAt(random.nextInt(27));
            case 2 -> bytes[random.nextInt(bytes.length)];
            default -> (byte) 0xff;
          };
    }
    return bytes;
  }

  private static Arguments target(String name, Consumer<byte[]> target, byte[]... seeds) {
    return Arguments.of(Named.of(name, target), Named.of(seeds.length + " seeds", List.of(seeds)));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] archive() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8")) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      TarArchiveEntry file = new TarArchiveEntry("n".repeat(150) + "/file");
      file.setSize(700);
      file.addPaxHeader("SCHILY.xattr.user.a", "value");
      file.addPaxHeader("GNU.sparse.major", "1");
      out.putArchiveEntry(file);
      out.write(new byte[700]);
      out.closeArchiveEntry();
      TarArchiveEntry link = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
      link.setLinkName("target");
      out.putArchiveEntry(link);
      out.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }
}
