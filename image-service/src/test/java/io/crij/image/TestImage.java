package io.crij.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.Zstd;
import io.crij.core.Json;
import io.crij.image.content.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Makes images in memory: layers as tar archives, their configuration and their manifest. */
final class TestImage {
  enum Packing {
    GZIP("application/vnd.oci.image.layer.v1.tar+gzip"),
    ZSTD("application/vnd.oci.image.layer.v1.tar+zstd"),
    PLAIN("application/vnd.oci.image.layer.v1.tar");

    private final String type;

    Packing(String type) {
      this.type = type;
    }

    byte[] pack(byte[] tar) throws IOException {
      return switch (this) {
        case PLAIN -> tar;
        case ZSTD -> Zstd.compress(tar);
        case GZIP -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(tar);
          }
          yield out.toByteArray();
        }
      };
    }
  }

  record Layer(byte[] tar, byte[] blob, String type) {}

  private final List<Layer> layers = new ArrayList<>();
  private final ObjectNode config = Json.OWN.createObjectNode();
  private final ObjectNode process = config.putObject("config");

  TestImage() {
    config.put("os", "linux");
    config.put("architecture", Platform.ofThisNode().architecture());
    process.putArray("Cmd").add("sh");
  }

  TestImage user(String user) {
    process.put("User", user);
    return this;
  }

  ObjectNode configuration() {
    return config;
  }

  TestImage layer(Packing packing, Consumer<Tar> content) {
    return raw(packing, Tar.of(content));
  }

  TestImage layer(Consumer<Tar> content) {
    return layer(Packing.GZIP, content);
  }

  /** A layer of exactly these bytes before packing. */
  TestImage raw(Packing packing, byte[] tar) {
    try {
      return blob(tar, packing.pack(tar), packing.type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TestImage blob(byte[] tar, byte[] blob, String type) {
    layers.add(new Layer(tar, blob, type));
    return this;
  }

  List<Layer> layers() {
    return layers;
  }

  byte[] configBytes() {
    ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    layers.forEach(layer -> diffIds.add(Digest.of(layer.tar()).toString()));
    return bytes(config);
  }

  ObjectNode manifest() {
    ObjectNode manifest = Json.OWN.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", Manifests.OCI_MANIFEST);
    describe(manifest.putObject("config"), "application/vnd.oci.image.config.v1+json", configBytes());
    ArrayNode all = manifest.putArray("layers");
    layers.forEach(layer -> describe(all.addObject(), layer.type(), layer.blob()));
    return manifest;
  }

  byte[] manifestBytes() {
    return bytes(manifest());
  }

  static ObjectNode describe(ObjectNode into, String type, byte[] content) {
    return into.put("mediaType", type).put("digest", Digest.of(content).toString()).put("size", content.length);
  }

  static byte[] bytes(ObjectNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Writes a tar archive entry by entry. */
  static final class Tar {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8");

    static byte[] of(Consumer<Tar> content) {
      Tar tar = new Tar();
      tar.out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      content.accept(tar);
      try {
        tar.out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return tar.bytes.toByteArray();
    }

    Tar folder(String name, int mode) {
      return add(name.endsWith("/") ? name : name + "/", TarConstants.LF_DIR, entry -> entry.setMode(mode), "");
    }

    Tar file(String name, String content) {
      return add(name, TarConstants.LF_NORMAL, entry -> entry.setMode(0644), content);
    }

    Tar file(String name, int mode, int uid, int gid, String content) {
      return add(name, TarConstants.LF_NORMAL, entry -> { entry.setMode(mode); entry.setIds(uid, gid); }, content);
    }

    Tar hardLink(String name, String target) {
      return add(name, TarConstants.LF_LINK, entry -> entry.setLinkName(target), "");
    }

    Tar symlink(String name, String target) {
      return add(name, TarConstants.LF_SYMLINK, entry -> entry.setLinkName(target), "");
    }

    Tar device(String name, byte type, int major, int minor) {
      return add(name, type, entry -> { entry.setDevMajor(major); entry.setDevMinor(minor); entry.setMode(0600); }, "");
    }

    Tar add(String name, byte type, Consumer<TarArchiveEntry> change, String content) {
      TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
      byte[] body = content.getBytes(StandardCharsets.UTF_8);
      entry.setSize(body.length);
      entry.setModTime(1_700_000_000_000L);
      change.accept(entry);
      try {
        out.putArchiveEntry(entry);
        out.write(body);
        out.closeArchiveEntry();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return this;
    }
  }
}
