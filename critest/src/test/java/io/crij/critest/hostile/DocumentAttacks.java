package io.crij.critest.hostile;

import static io.crij.critest.hostile.Attack.failed;
import static io.crij.critest.hostile.Attack.pulled;
import static io.crij.critest.hostile.Attack.refused;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.image.testing.ScriptedServer;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;

/** Manifests, indexes and configurations that lie, mean two things or never end: rows F4 to F7, G2, R2 and R10. */
final class DocumentAttacks {
  private static final int MIB = 1 << 20;
  private static final List<String> DIGESTS =
      List.of("", "sha256:", "sha256:../../../../etc/passwd", "sha256:%2e%2e%2f", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:" + "A".repeat(64), "sha256:" + "0".repeat(63), "sha256:" + "0".repeat(65),
          "sha512:" + "0".repeat(128), "sha256:" + "0".repeat(32) + "/" + "0".repeat(31), "../sha256:" + "0".repeat(64));

  private DocumentAttacks() {}

  static List<Attack> all() {
    List<Attack> all = new ArrayList<>();
    digests(all);
    fields(all);
    twoMeanings(all);
    indexes(all);
    sizes(all);
    endless(all);
    kinds(all);
    return all;
  }

  private interface Change {
    void of(ObjectNode manifest);
  }

  private static Attack.Setup manifest(Change change) {
    return scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      ObjectNode manifest = image.manifest();
      change.of(manifest);
      scene.manifest(HostileImage.bytes(manifest));
    };
  }

  private static Attack.Setup config(Change change) {
    return scene -> {
      HostileImage image = HostileImage.good("x");
      byte[] tar = image.layers().getFirst().blob();
      ObjectNode config = (ObjectNode) HostileImage.JSON.readTree(image.configBytes());
      change.of(config);
      serve(scene, HostileImage.bytes(config), tar);
    };
  }

  private static void serve(Scene scene, byte[] config, byte[] layer) {
    ObjectNode manifest = HostileImage.JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", HostileImage.MANIFEST);
    HostileImage.describe(manifest.putObject("config"), HostileImage.CONFIG, config);
    HostileImage.describe(manifest.putArray("layers").addObject(), HostileImage.GZIP, layer);
    scene.registry().blob("evil", config).blob("evil", layer);
    scene.manifest(HostileImage.bytes(manifest));
  }

  private static ObjectNode firstLayer(ObjectNode manifest) {
    return (ObjectNode) manifest.path("layers").path(0);
  }

  private static void digests(List<Attack> all) {
    for (String digest : DIGESTS) {
      Attack.Outcome outcome = refused("digest").and(scene -> Scene.require(scene.registry().requests.stream().noneMatch(r -> r.target().contains("/blobs/")), "a blob was asked for"));
      all.add(new Attack("G2", "of a layer: '" + shorter(digest) + "'", manifest(m -> firstLayer(m).put("digest", digest)), outcome));
      all.add(new Attack("G2", "of the configuration: '" + shorter(digest) + "'", manifest(m -> ((ObjectNode) m.path("config")).put("digest", digest)), outcome));
      all.add(new Attack("G2", "of a diff id: '" + shorter(digest) + "'", config(c -> ((ObjectNode) c.path("rootfs")).putArray("diff_ids").add(digest)), refused("diff_id")));
    }
    all.add(new Attack("G2", "in an index", scene -> scene.registry().manifest("evil", "1", HostileImage.INDEX,
        HostileImage.bytes(HostileImage.index(HostileImage.forThisNode(HostileImage.MANIFEST, new byte[1]).put("digest", "sha256:../../x")))), refused("digest")));
    all.add(new Attack("G2", "in the name that is pulled", scene -> scene.reference(scene.registry().host() + "/evil@sha256:" + "/".repeat(64)), failed(Status.Code.INVALID_ARGUMENT, "digest")));
    all.add(new Attack("G2", "a name with ..", scene -> scene.reference(scene.registry().host() + "/evil/../../x:1"), failed(Status.Code.INVALID_ARGUMENT, "repository name")));
    all.add(new Attack("G2", "a name with %2f", scene -> scene.reference(scene.registry().host() + "/evil%2f..%2fx:1"), failed(Status.Code.INVALID_ARGUMENT, "repository name")));
  }

  private static String shorter(String digest) {
    return digest.length() > 24 ? digest.substring(0, 12) + "…" + digest.substring(digest.length() - 8) : digest;
  }

  /** null, an array, a number, an object and a text in place of each field, in turn. */
  private static void fields(List<Attack> all) {
    for (String field : List.of("config", "layers", "config/digest", "config/size", "config/mediaType", "layers/0", "layers/0/digest", "layers/0/size")) {
      for (String value : List.of("null", "[]", "7", "{}", "\"x\"", "-1", "1e400", "18446744073709551616")) {
        boolean artifact = field.equals("config/mediaType") && value.equals("\"x\"");
        Attack.Outcome outcome = artifact ? pulled(scene -> {}) : refused("evil:1");
        all.add(new Attack("F4", field + " = " + value, manifest(m -> put(m, field, value)), outcome));
      }
    }
    for (String field : List.of("config/Cmd", "config/Env", "config/User", "config/Volumes", "config/Labels", "config/WorkingDir", "rootfs/diff_ids")) {
      for (String value : List.of("7", "[[]]", "{\"a\":{\"b\":1}}", "[null]", "\"a\\u0000b\"")) {
        Attack.Setup setup = config(c -> put(c, field, value));
        boolean isList = field.equals("config/Cmd") || field.equals("config/Env");
        boolean fits = (field.equals("config/Volumes") && value.startsWith("{")) || (isList && value.equals("[null]"));
        all.add(new Attack("F4", field + " = " + value, setup, fits ? new Attack.Outcome(java.util.Set.of(Status.Code.OK, Status.Code.FAILED_PRECONDITION), List.of(), scene -> {}) : refused("evil:1")));
      }
    }
  }

  private static void put(ObjectNode root, String path, String value) {
    try {
      String parent = path.contains("/") ? "/" + path.substring(0, path.lastIndexOf('/')) : "";
      String name = path.substring(path.lastIndexOf('/') + 1);
      var at = root.at(parent);
      var node = HostileImage.JSON.readTree(value);
      if (at instanceof ArrayNode array) {
        array.set(Integer.parseInt(name), node);
      } else {
        ((ObjectNode) at).set(name, node);
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void twoMeanings(List<Attack> all) {
    all.add(new Attack("F6", "a manifest that is an index, too", manifest(m -> m.putArray("manifests")), refused("as an index, too")));
    all.add(new Attack("F6", "a media type that is not the registry's", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      scene.registry().manifest("evil", "1", HostileImage.INDEX, HostileImage.bytes(image.manifest()));
    }, refused("where the registry says")));
    all.add(new Attack("F6", "one key twice", scene -> scene.manifest(ScriptedServer.latin("{\"schemaVersion\":2,\"layers\":[],\"layers\":[]}")), refused("no JSON")));
    all.add(new Attack("F6", "a second document behind the first", scene -> scene.manifest(ScriptedServer.latin("{} {}")), refused("no JSON")));
    all.add(new Attack("F6", "more diff ids than layers", config(c -> ((ArrayNode) c.at("/rootfs/diff_ids")).add("sha256:" + "0".repeat(64))), refused("layers")));
  }

  private static void indexes(List<Attack> all) {
    all.add(new Attack("F5", "indexes that fan out 100 x 100 x 100 to one manifest", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      byte[] below = HostileImage.bytes(image.manifest());
      String type = HostileImage.MANIFEST;
      for (int level = 0; level < 3; level++) {
        ObjectNode index = HostileImage.index();
        for (int i = 0; i < 100; i++) {
          ((ArrayNode) index.path("manifests")).add(HostileImage.forThisNode(type, below));
        }
        below = HostileImage.bytes(index);
        type = HostileImage.INDEX;
        scene.registry().manifest("evil", "1", type, below);
      }
    }, pulled(scene -> Scene.require(scene.registry().requests.size() <= 8, "asked " + scene.registry().requests.size() + " times for 6 things"))));
    all.add(new Attack("F5", "indexes nested ten deep", scene -> {
      byte[] below = new byte[2];
      for (int level = 0; level < 10; level++) {
        below = HostileImage.bytes(HostileImage.index(HostileImage.forThisNode(HostileImage.INDEX, below)));
        scene.registry().manifest("evil", "1", HostileImage.INDEX, below);
      }
    }, refused("nests deeper than 3")));
    all.add(new Attack("R10", "an index of 10,001 manifests", scene -> {
      ObjectNode index = HostileImage.index();
      ObjectNode entry = HostileImage.forThisNode(HostileImage.MANIFEST, new byte[1]);
      for (int i = 0; i < 10_001; i++) {
        ((ArrayNode) index.path("manifests")).add(entry);
      }
      scene.registry().manifest("evil", "1", HostileImage.INDEX, HostileImage.bytes(index));
    }, refused("10000")));
    all.add(new Attack("R10", "another platform", scene -> {
      ObjectNode entry = HostileImage.forThisNode(HostileImage.MANIFEST, new byte[1]);
      ((ObjectNode) entry.path("platform")).put("architecture", "s390x");
      scene.registry().manifest("evil", "1", HostileImage.INDEX, HostileImage.bytes(HostileImage.index(entry)));
    }, refused("linux/s390x")));
    all.add(new Attack("R10", "another platform in the configuration", config(c -> c.put("architecture", "mips")), refused("mips")));
    all.add(new Attack("R10", "a platform with an escape sequence", scene -> {
      ObjectNode entry = HostileImage.forThisNode(HostileImage.MANIFEST, new byte[1]);
      ((ObjectNode) entry.path("platform")).put("architecture", "\u001b[2J\u202e\u2066evil\n");
      scene.registry().manifest("evil", "1", HostileImage.INDEX, HostileImage.bytes(HostileImage.index(entry)));
    }, refused("evil").and(scene -> Scene.require(scene.message().codePoints().noneMatch(DocumentAttacks::misleads), "the message has characters that mislead a reader"))));
  }

  /** Controls, and what turns the direction of writing. */
  static boolean misleads(int c) {
    return Character.isISOControl(c) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
  }

  private static void sizes(List<Attack> all) {
    all.add(new Attack("R2", "a layer of the right size and the wrong digest", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      byte[] blob = image.layers().getFirst().blob();
      byte[] flipped = blob.clone();
      flipped[blob.length / 2] ^= 1;
      scene.registry().blobAt("evil", HostileImage.digest(blob), flipped);
    }, refused("digest is sha256:", "the manifest states sha256:")));
    all.add(new Attack("R2", "a layer that goes on", scene -> wrongLength(scene, 5), refused("sends more than")));
    all.add(new Attack("R2", "a layer that never ends", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      scene.registry().on(HostileServer.blobPath("evil", HostileImage.digest(image.layers().getFirst().blob())), (request, out) -> {
        out.write(ScriptedServer.latin("HTTP/1.1 200 OK\r\n\r\n"));
        out.write(image.layers().getFirst().blob());
        while (true) {
          out.write(new byte[1 << 16]);
        }
      });
    }, refused("sends more than")));
    all.add(new Attack("R2", "a configuration with another digest", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      byte[] config = image.configBytes();
      byte[] other = config.clone();
      other[config.length - 3] ^= 1;
      scene.registry().blobAt("evil", HostileImage.digest(config), other);
    }, refused("its configuration has the digest")));
    all.add(new Attack("R2", "a configuration that goes on", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      byte[] config = image.configBytes();
      scene.registry().blobAt("evil", HostileImage.digest(config), java.util.Arrays.copyOf(config, config.length + 1));
    }, refused("its configuration has")));
    all.add(new Attack("R2", "a manifest that is not what its digest says", scene -> {
      scene.image(HostileImage.good("x"));
      String digest = "sha256:" + "1".repeat(64);
      scene.registry().on("/v2/evil/manifests/" + digest, ScriptedServer.answer(200, "{}"));
      scene.reference(scene.registry().host() + "/evil@" + digest);
    }, refused("was asked for")));
    all.add(new Attack("R2", "a size of 2^63-1", manifest(m -> firstLayer(m).put("size", Long.MAX_VALUE)), refused("of its layer")));
    all.add(new Attack("R10", "a configuration of 9 MiB by its size", manifest(m -> ((ObjectNode) m.path("config")).put("size", 9 * MIB)), refused("larger than")));
  }

  private static void wrongLength(Scene scene, int more) {
    HostileImage image = HostileImage.good("x");
    scene.image(image);
    byte[] blob = image.layers().getFirst().blob();
    scene.registry().blobAt("evil", HostileImage.digest(blob), java.util.Arrays.copyOf(blob, blob.length + more));
  }

  private static void endless(List<Attack> all) {
    all.add(new Attack("R10", "a manifest of 5 MiB", scene -> scene.manifest(new byte[5 * MIB]), refused("larger than")));
    all.add(new Attack("F7", "a manifest without end, in chunks", scene -> scene.registry().on(Scene.manifestPath(), (request, out) -> {
      out.write(ScriptedServer.latin("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
      byte[] chunk = ScriptedServer.latin("10000\r\n" + "[".repeat(0x10000) + "\r\n");
      while (true) {
        out.write(chunk);
      }
    }), refused("larger than")));
    all.add(new Attack("F7", "JSON nested a million deep", scene -> scene.manifest(ScriptedServer.latin("{\"layers\":" + "[".repeat(1_000_000))), refused("no JSON")));
    all.add(new Attack("F7", "a million tiny values", scene -> scene.manifest(ScriptedServer.latin("{\"x\":[" + "1,".repeat(1_000_000) + "1]}")), refused("no JSON")));
    all.add(new Attack("F7", "a number of a million digits", scene -> scene.manifest(ScriptedServer.latin("{\"schemaVersion\":" + "9".repeat(1_000_000) + "}")), refused("no JSON")));
    all.add(new Attack("F7", "a million environment variables", scene -> {
      StringBuilder text = new StringBuilder("{\"os\":\"linux\",\"config\":{\"Env\":[\"A=1\"");
      text.append(",\"A=1\"".repeat(1_000_000)).append("]},\"rootfs\":{\"diff_ids\":[\"").append(HostileImage.digest(new byte[1])).append("\"]}}");
      serve(scene, ScriptedServer.latin(text.toString()), HostileImage.compress(new byte[1]));
    }, refused("its configuration is no JSON")));
    all.add(new Attack("F7", "a label of 7 MiB", config(c -> ((ObjectNode) c.path("config")).putObject("Labels").put("big", "x".repeat(7 * MIB))),
        new Attack.Outcome(java.util.Set.of(Status.Code.OK, Status.Code.FAILED_PRECONDITION), List.of(), scene -> {})));
  }

  private static void kinds(List<Attack> all) {
    all.add(new Attack("R10", "Docker's schema 1", scene -> scene.manifest(ScriptedServer.latin("{\"schemaVersion\":1,\"fsLayers\":[]}")), refused("schema 1")));
    all.add(new Attack("R10", "an unknown media type", scene -> scene.registry().manifest("evil", "1", "text/html", ScriptedServer.latin("{\"hello\":\"world\"}")), refused("unknown type")));
    all.add(new Attack("R10", "no JSON at all", scene -> scene.registry().manifest("evil", "1", "text/html", ScriptedServer.latin("<html>login</html>")), refused("no JSON")));
    all.add(new Attack("R10", "an empty answer", scene -> scene.manifest(new byte[0]), refused("no JSON")));
    all.add(new Attack("R10", "a layer of an unknown type", manifest(m -> firstLayer(m).put("mediaType", "application/x-evil")), refused("unknown type")));
    for (String title : List.of("../escape", "/etc/passwd", "a/../../b", "a//b", ".", "", "a\u0000b", "line\nbreak", "d/".repeat(3000) + "f", ".wh.x", "n".repeat(300))) {
      Attack.Setup setup = manifest(m -> {
        ((ObjectNode) m.path("config")).put("mediaType", "application/vnd.evil.config");
        firstLayer(m).putObject("annotations").put("org.opencontainers.image.title", title);
      });
      all.add(new Attack("R10", "an artifact's file called '" + shorter(title.replaceAll("\\p{Cntrl}", "?")) + "'", setup, title.isEmpty() || title.startsWith(".wh.") ? pulled(scene -> {}) : refused("title")));
    }
    all.add(new Attack("R10", "501 layers", manifest(m -> {
      ArrayNode layers = (ArrayNode) m.path("layers");
      ObjectNode first = firstLayer(m).deepCopy();
      for (int i = 0; i < 500; i++) {
        layers.add(first);
      }
    }), refused("at most 500 layers")));
  }
}
