package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.image.ImageConfig;
import io.crij.image.ImageUses;
import io.crij.image.LocalImage;
import io.crij.image.content.FolderMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One image, known as {@code box}, and the same as an artifact, {@code files}, with a count of who uses them. */
final class TestImages implements ImageUses {
  static final String ID = "sha256:" + "a".repeat(64);
  static final String ARTIFACT_ID = "sha256:" + "c".repeat(64);
  final Set<ObjectId> users = ConcurrentHashMap.newKeySet();
  private final LocalImage image;

  TestImages(Path layersBase, Set<String> volumes) {
    image = box(layersBase, volumes);
  }

  static LocalImage box(Path layersBase, Set<String> volumes) {
    return new LocalImage(
        ID,
        List.of("registry.test/box:1"),
        List.of("registry.test/box@sha256:" + "b".repeat(64)),
        1,
        layersBase,
        List.of("layer"),
        FolderMode.DEFAULT,
        new ImageConfig(List.of(), List.of("/bin/sh"), List.of("FROM_IMAGE=yes"), "", "", "", volumes, Map.of()),
        "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/home/web:/bin/sh\n".getBytes(StandardCharsets.UTF_8),
        "root:x:0:\nweb:x:1000:\nextra:x:50000:web\n".getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public LocalImage acquire(ObjectId user, String reference) {
    if (reference.equals("files")) {
      users.add(user);
      return new LocalImage(
          ARTIFACT_ID, List.of(), List.of(), 1, image.layersBase(), image.lowerNames(), image.root(), image.config(), new byte[0], new byte[0], "application/vnd.example.model");
    }
    if (!reference.equals("box")) {
      throw CriException.notFound("Image '" + reference + "' is not on this node; pull it first.");
    }
    users.add(user);
    return image;
  }

  @Override
  public void checkTrust(LocalImage of, String namespace, String userSpecified) {}

  @Override
  public void adopt(ObjectId user, List<String> lowerNames) {
    users.add(user);
  }

  @Override
  public void release(ObjectId user) {
    users.remove(user);
  }
}
