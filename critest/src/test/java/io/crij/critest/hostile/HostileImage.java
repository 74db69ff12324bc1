package io.crij.critest.hostile;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** An image made in memory: layers, configuration and manifest, each of which a test may change before it is served. */
final class HostileImage {
  /** Numbers are kept as they are written, however large. */
  static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String INDEX = "application/vnd.oci.image.index.v1+json";
  static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
  static final String ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
  static final String PLAIN = "application/vnd.oci.image.layer.v1.tar";

  /** @param diffId what the configuration states of the inflated layer */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Layer(byte[] blob, String type, String diffId) {}

  private final List<Layer> layers = new ArrayList<>();
  private final ObjectNode config = JSON.createObjectNode();

  HostileImage() {
    config.put("os", "linux").put("architecture", architecture()).putObject("config").putArray("Cmd").add("sh");
  }

  static HostileImage of(Tar tar) {
    return new HostileImage().gzip(tar.bytes());
  }

  /** A harmless image; equal seeds are equal images. */
  static HostileImage good(String seed) {
    return of(new Tar().folder("etc").file("etc/passwd", "root:x:0:0::/:/bin/sh\n").file("seed", seed));
  }

  HostileImage gzip(byte[] tar) {
    return layer(compress(tar), GZIP, digest(tar));
  }

  HostileImage plain(byte[] tar) {
    return layer(tar, PLAIN, digest(tar));
  }

  HostileImage layer(byte[] blob, String type, String diffId) {
    layers.add(new Layer(blob, type, diffId));
    return this;
  }

  List<Layer> layers() {
    return layers;
  }

  ObjectNode config() {
    return config;
  }

  byte[] configBytes() {
    ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    layers.forEach(layer -> diffIds.add(layer.diffId()));
    return bytes(config);
  }

  ObjectNode manifest() {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MANIFEST);
    describe(manifest.putObject("config"), CONFIG, configBytes());
    ArrayNode all = manifest.putArray("layers");
    layers.forEach(layer -> describe(all.addObject(), layer.type(), layer.blob()));
    return manifest;
  }

  static ObjectNode describe(ObjectNode into, String type, byte[] content) {
    return into.put("mediaType", type).put("digest", digest(content)).put("size", content.length);
  }

  static ObjectNode index(ObjectNode... manifests) {
    ObjectNode index = JSON.createObjectNode();
    index.put("schemaVersion", 2).put("mediaType", INDEX);
    ArrayNode all = index.putArray("manifests");
    List.of(manifests).forEach(all::add);
    return index;
  }

  /** An index entry for this node's platform. */
  static ObjectNode forThisNode(String type, byte[] content) {
    ObjectNode entry = describe(JSON.createObjectNode(), type, content);
    entry.putObject("platform").put("os", "linux").put("architecture", architecture());
    return entry;
  }

  static String architecture() {
    String name = System.getProperty("os.arch");
    return switch (name) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> name;
    };
  }

  static byte[] bytes(ObjectNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  static byte[] compress(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static String digest(byte[] bytes) {
    return "sha256:" + HexFormat.of().formatHex(sha256().digest(bytes));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
