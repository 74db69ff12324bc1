package io.crij.critest.hostile;

import static io.crij.critest.hostile.Attack.pulled;
import static io.crij.critest.hostile.Attack.refused;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import io.crij.image.testing.ScriptedServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Archives that reach out of their layer, use up the node or mean two things: rows F1, F3, F7, F8, R7 and R8 of reliability's list. */
final class LayerAttacks {
  private static final int MIB = 1 << 20;

  private LayerAttacks() {}

  static List<Attack> all() {
    List<Attack> all = new ArrayList<>();
    paths(all);
    links(all);
    nodes(all);
    whiteouts(all);
    attributes(all);
    headers(all);
    names(all);
    accounts(all);
    packings(all);
    return all;
  }

  private static Attack.Setup tar(Tar tar) {
    return scene -> scene.image(tar);
  }

  private interface Writing {
    Tar tar(String canary);
  }

  private static Attack.Setup aimed(Writing writing) {
    return scene -> scene.image(writing.tar(scene.node().canary().toString()));
  }

  private static Attack.Look isFile(String path, String content) {
    return scene -> {
      Path file = scene.top().resolve(path.startsWith("/") ? path.substring(1) : path);
      Scene.require(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS), path + " is no file of the layer");
      Scene.require(Files.readString(file, StandardCharsets.ISO_8859_1).equals(content), path + " has another content");
    };
  }

  private static void paths(List<Attack> all) {
    all.add(new Attack("R8a", "..", tar(new Tar().file("../escape", "x")), refused("../escape", "leads out")));
    all.add(new Attack("R8a", "a/./../..", tar(new Tar().file("a/./../../escape", "x")), refused("leads out")));
    all.add(new Attack("R8a", ".. in a folder", tar(new Tar().folder("a/../../b")), refused("leads out")));
    all.add(new Attack("R8a", ".. in a PAX path", tar(new Tar().pax(Tar.record("path", "../escape")).file("x", "x")), refused("leads out")));
    all.add(new Attack("R8a", "NUL in a PAX path", tar(new Tar().pax(Tar.record("path", "a\0b")).file("x", "x")), refused("NUL")));
    all.add(new Attack("F1", "an absolute path", aimed(canary -> new Tar().file(canary + "/deep/file", "x")),
        pulled(scene -> isFile(scene.node().canary() + "/deep/file", "x").at(scene))));
    all.add(new Attack("F1", "a link, then a file through it",
        aimed(canary -> new Tar().symlink("out", canary + "/deep").file("out/file", "overwritten").file("out/planted", "x")),
        pulled(scene -> isFile(scene.node().canary() + "/deep/planted", "x").at(scene))));
    all.add(new Attack("F1", "a relative link, then a file through it",
        aimed(canary -> new Tar().symlink("out", "../".repeat(30) + canary.substring(1) + "/deep").file("out/file", "overwritten")),
        pulled(scene -> isFile(scene.node().canary() + "/deep/file", "overwritten").at(scene))));
    all.add(new Attack("F1", "a file over a link to a file", aimed(canary -> new Tar().symlink("f", canary + "/deep/file").file("f", "overwritten")),
        pulled(isFile("f", "overwritten"))));
    all.add(new Attack("F1", "mode, owner and time through a link",
        aimed(canary -> new Tar().symlink("d", canary + "/deep").entry(Tar.FOLDER, "d/", "", 0777, new byte[0]).symlink("f", canary + "/passwd").entry(Tar.SYMLINK, "f", canary + "/passwd", 0777, new byte[0])),
        pulled(scene -> {})));
    all.add(new Attack("R8a", "a folder that becomes a link between two entries",
        aimed(canary -> new Tar().folder("d").file("d/a", "1").symlink("d", canary + "/deep").file("d/file", "2").file("d/b", "3")),
        pulled(scene -> isFile(scene.node().canary() + "/deep/b", "3").at(scene))));
    all.add(new Attack("R8a", "a link and a folder, to and fro", aimed(canary -> {
      Tar tar = new Tar();
      for (int i = 0; i < 500; i++) {
        tar.symlink("d", canary + "/deep").file("d/file", "x").folder("d").file("d/file", "y");
      }
      return tar;
    }), pulled(scene -> {})));
    all.add(new Attack("R8a", "links in a loop", tar(new Tar().symlink("a", "b").symlink("b", "a").file("a/x", "x")), refused("loop")));
    all.add(new Attack("R8a", "a file used as a folder", tar(new Tar().file("f", "x").file("f/below", "x")), refused("as a folder")));
    all.add(new Attack("R8a", "an entry for / that is no folder", tar(new Tar().symlink("/", "/etc")), refused("no folder")));
    all.add(new Attack("F1", "a link over /proc, written through", tar(new Tar().symlink("proc", "/proc/1/root").file("proc/planted", "x")), refused("loop")));
  }

  private static void links(List<Attack> all) {
    all.add(new Attack("R8b", "to the host, absolute", aimed(canary -> new Tar().hardLink("l", canary + "/deep/file")), refused("hard link")));
    all.add(new Attack("R8b", "to the host, with ..", tar(new Tar().hardLink("l", "../".repeat(12) + "etc/passwd")), refused("leads out")));
    all.add(new Attack("R8b", "through a link", aimed(canary -> new Tar().symlink("s", canary + "/deep").hardLink("l", "s/file")), refused("hard link")));
    all.add(new Attack("R8b", "to a link to the host, then written", aimed(canary -> new Tar().symlink("s", canary + "/deep/file").hardLink("l", "s").file("l", "x")), pulled(isFile("l", "x"))));
    all.add(new Attack("R8b", "forward", tar(new Tar().hardLink("l", "later").file("later", "x")), refused("hard link", "later")));
    all.add(new Attack("R8b", "to nothing", tar(new Tar().hardLink("l", "nowhere")), refused("hard link", "nowhere")));
    all.add(new Attack("R8b", "to a folder", tar(new Tar().folder("d").hardLink("l", "d")), refused("no file")));
    all.add(new Attack("R8b", "to itself", tar(new Tar().file("l", "x").hardLink("l", "l")), refused("itself")));
    all.add(new Attack("R8b", "to /", tar(new Tar().hardLink("l", "/")), refused("'/'")));
    all.add(new Attack("R8b", "to a deleted name", tar(new Tar().file(".wh.gone", "").hardLink("l", "gone")), refused("no file")));
  }

  private static void nodes(List<Attack> all) {
    all.add(new Attack("R8c", "devices, a FIFO, setuid",
        tar(new Tar().device(Tar.CHARACTER_DEVICE, "kmsg", 1, 11).device(Tar.BLOCK_DEVICE, "disk", 8, 0).device(Tar.FIFO, "fifo", 0, 0).entry(Tar.FILE, "su", "", 04755, new byte[] {1})),
        pulled(scene -> Scene.require(!Files.isRegularFile(scene.top().resolve("fifo"), LinkOption.NOFOLLOW_LINKS), "the FIFO is a file"))));
    all.add(new Attack("R8c", "a file written into a FIFO, a device used as a folder", tar(new Tar().device(Tar.CHARACTER_DEVICE, "d", 1, 5).file("d/x", "x")), refused("as a folder")));
    all.add(new Attack("R8c", "a file over a device", tar(new Tar().device(Tar.CHARACTER_DEVICE, "d", 1, 5).file("d", "x")), pulled(isFile("d", "x"))));
    all.add(new Attack("R8c", "an unknown type", tar(new Tar().entry('Z', "z", "", 0644, new byte[10])), refused("'z' of the unknown type")));
  }

  private static void whiteouts(List<Attack> all) {
    all.add(new Attack("R8d", ".wh.", tar(new Tar().file(".wh.", "")), refused("names no file")));
    all.add(new Attack("R8d", ".wh..", tar(new Tar().file(".wh..", "")), refused("names no file")));
    all.add(new Attack("R8d", ".wh...", tar(new Tar().file("d/.wh...", "")), refused("names no file")));
    all.add(new Attack("R8d", "of its own entries", tar(new Tar().file("x", "1").file(".wh.x", "").file(".wh.y", "").file("y", "2")), pulled(isFile("y", "2"))));
    all.add(new Attack("R8d", "a 0/0 device", tar(new Tar().device(Tar.CHARACTER_DEVICE, "gone", 0, 0).file("x", "x")), pulled(isFile("x", "x"))));
    all.add(new Attack("R8d", "through a link", aimed(canary -> new Tar().symlink("d", canary + "/deep").file("d/.wh.file", "").file("d/.wh..wh..opq", "")), pulled(scene -> {})));
    all.add(new Attack("F3", "100,000 opaque marks in one wide folder", scene -> {
      Tar tar = new Tar();
      for (int i = 0; i < 5000; i++) {
        tar.file("wide/f" + i, "");
      }
      byte[] mark = Tar.header(Tar.FILE, "wide/.wh..wh..opq", "", 0644, Tar.octal(0));
      for (int i = 0; i < 100_000; i++) {
        tar.raw(mark);
      }
      scene.image(tar);
    }, pulled(isFile("wide/f4999", ""))).within(60));
    all.add(new Attack("F3", "a folder replaced 2,000 times", scene -> {
      Tar tar = new Tar();
      for (int i = 0; i < 2_000; i++) {
        tar.folder("d").file("d/f", "x").file("d", "y");
      }
      scene.image(tar);
    }, pulled(isFile("d", "y"))).within(60));
  }

  private static void attributes(List<Attack> all) {
    String overlay = Tar.record("SCHILY.xattr.trusted.overlay.redirect", "/etc") + Tar.record("SCHILY.xattr.trusted.overlay.opaque", "y") + Tar.record("SCHILY.xattr.user.overlay.metacopy", "");
    all.add(new Attack("R8e", "orders to overlayfs", tar(new Tar().pax(overlay).folder("d").pax(overlay).file("f", "x")), pulled(scene -> {
      for (String name : List.of("d", "f")) {
        Process list = new ProcessBuilder("getfattr", "-m", "-", "--absolute-names", scene.top().resolve(name).toString()).redirectErrorStream(true).start();
        String said = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Scene.require(list.waitFor() == 0 && !said.contains("overlay"), "an attribute of overlayfs was taken over: " + said);
      }
    })));
    all.add(new Attack("R8e", "1 MiB of value", tar(new Tar().pax(Tar.record("SCHILY.xattr.user.big", "v".repeat(MIB - 1000))).file("f", "x")), refused("attribute")));
    all.add(new Attack("R8e", "a name of 300 bytes", tar(new Tar().pax(Tar.record("SCHILY.xattr.user." + "n".repeat(300), "v")).file("f", "x")), refused("attribute")));
    all.add(new Attack("R8e", "70,000 of them", scene -> {
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 70_000; i++) {
        many.append(Tar.record("SCHILY.xattr.user.a" + i, "v"));
      }
      scene.image(new Tar().pax(many.toString()).file("f", "x"));
    }, refused("extension headers")));
    all.add(new Attack("R8e", "as many as fit", scene -> {
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 25_000; i++) {
        many.append(Tar.record("SCHILY.xattr.user.a" + i, "v"));
      }
      scene.image(new Tar().pax(many.toString()).file("f", "x"));
    }, refused("more than the file system takes")));
    all.add(new Attack("R8e", "a broken capability", tar(new Tar().pax(Tar.record("SCHILY.xattr.security.capability", "garbage")).file("f", "x")), refused("security.capability")));
  }

  private static void headers(List<Attack> all) {
    byte[] large = new byte[2 * MIB];
    Arrays.fill(large, (byte) 'n');
    all.add(new Attack("R8f", "a PAX header of 64 MiB", tar(new Tar().raw(Tar.header('x', "p", "", 0644, Tar.octal(64L * MIB))).raw(large)), refused("extension headers")));
    all.add(new Attack("R8f", "a PAX header of 8 GiB in base 256", tar(new Tar().raw(Tar.header('x', "p", "", 0644, base256(8L << 30)))), refused("extension headers")));
    all.add(new Attack("R8f", "a GNU long name of 2 MiB", tar(new Tar().extension('L', large).file("f", "x")), refused("extension headers")));
    all.add(new Attack("R8f", "a GNU long link of 2 MiB", tar(new Tar().extension('K', large).symlink("f", "x")), refused("extension headers")));
    all.add(new Attack("R8f", "long names without end", scene -> {
      Tar tar = new Tar();
      for (int i = 0; i < 3000; i++) {
        tar.extension('L', new byte[Tar.BLOCK]);
      }
      scene.image(tar.file("f", "x"));
    }, refused("extension headers")));
    all.add(new Attack("R8f", "a global header", tar(new Tar().extension('g', ScriptedServer.latin(Tar.record("path", "../escape"))).file("f", "x")), pulled(isFile("f", "x"))));
    all.add(new Attack("R8f", "records whose lengths lie", tar(new Tar().pax("999999 path=x\n").file("f", "x")), refused("PAX")));
    all.add(new Attack("R8f", "a record without length", tar(new Tar().pax(" path=x\n").file("f", "x")), refused("PAX")));
    all.add(new Attack("R8f", "a PAX size that is negative", tar(new Tar().pax(Tar.record("size", "-1")).file("f", "x")), refused("size")));
    all.add(new Attack("R8f", "times that no clock has", tar(new Tar().pax(Tar.record("mtime", "9".repeat(30))).file("f", "x")), refused("mtime")));
    all.add(new Attack("F7", "a sparse map of 2^31 pieces",
        tar(new Tar().pax(Tar.record("GNU.sparse.major", "1") + Tar.record("GNU.sparse.minor", "0") + Tar.record("GNU.sparse.realsize", "10")).claims("f", Tar.octal(2L * MIB), sparse("2147483648\n", 2 * MIB))),
        refused("sparse")));
    all.add(new Attack("F7", "a sparse file of 8 EiB",
        tar(new Tar().pax(Tar.record("GNU.sparse.map", "0,1") + Tar.record("GNU.sparse.size", "9223372036854775807")).claims("f", Tar.octal(1), new byte[] {1})),
        refused("'f', which cannot be written")));
    all.add(new Attack("R8f", "a sparse map that overlaps",
        tar(new Tar().pax(Tar.record("GNU.sparse.map", "0,5,2,5") + Tar.record("GNU.sparse.size", "20")).claims("f", Tar.octal(10), new byte[10])), refused("sparse")));
    all.add(new Attack("R8f", "old sparse headers without end", scene -> {
      byte[] first = Tar.header('S', "f", "", 0644, Tar.octal(0));
      for (int i = 0; i < 4; i++) {
        Tar.put(first, 386 + i * 24, "00000000001\0" + "00000000000\0");
      }
      first[482] = 1;
      Tar.put(first, 483, "00000000012");
      Tar tar = new Tar().raw(Tar.sum(first));
      byte[] more = new byte[Tar.BLOCK];
      for (int i = 0; i < 21; i++) {
        Tar.put(more, i * 24, "00000000001\0" + "00000000000\0");
      }
      more[504] = 1;
      for (int i = 0; i < 4000; i++) {
        tar.raw(more);
      }
      scene.image(tar);
    }, refused("sparse")));
  }

  private static byte[] sparse(String map, int size) {
    byte[] content = new byte[size];
    Arrays.fill(content, (byte) '\n');
    for (int i = 0; i + 2 < size; i += 2) {
      content[i] = '1';
    }
    Tar.put(content, 0, map);
    return content;
  }

  /** A size field in GNU's form for large numbers. */
  private static String base256(long value) {
    StringBuilder field = new StringBuilder("\u0080\0\0\0");
    for (int shift = 56; shift >= 0; shift -= 8) {
      field.append((char) (value >> shift & 0xff));
    }
    return field.toString();
  }

  private static void names(List<Attack> all) {
    all.add(new Attack("R8g", "one name twice", tar(new Tar().file("f", "first").file("f", "last")), pulled(isFile("f", "last"))));
    all.add(new Attack("R8g", "names that differ in case", tar(new Tar().file("File", "1").file("file", "2")), pulled(isFile("File", "1")).and(isFile("file", "2"))));
    all.add(new Attack("R8g", "names that are no UTF-8", tar(new Tar().file("caf\u00e9\u00ff", "x").file("bell\u0007\u001b[2J", "y")), pulled(scene -> {
      try (var files = Files.list(scene.top())) {
        Scene.require(files.count() == 2, "a name is missing");
      }
    })));
    all.add(new Attack("R8g", "a path of 5,000 bytes", tar(new Tar().file("a/".repeat(2500) + "f", "")), refused("4095 are allowed")));
    all.add(new Attack("R8g", "a name of 300 bytes", tar(new Tar().file("n".repeat(300), "")), refused("cannot be written")));
    all.add(new Attack("R8g", "folders 2,000 deep", tar(new Tar().file("d/".repeat(2000) + "f", "")), pulled(scene -> {})));
    all.add(new Attack("R8g", "names that fill the heap", scene -> {
      Tar tar = new Tar();
      for (int i = 0; i < 400; i++) {
        tar.file("x" + i + "/" + "d/".repeat(1500) + "f", "");
      }
      scene.image(tar);
    }, refused("names of its folders")).within(120).inFull());
    all.add(new Attack("R8g", "a negative size", tar(new Tar().claims("f", "-0000000001", new byte[0])), refused("size")));
    all.add(new Attack("R8g", "a size that is no number", tar(new Tar().claims("f", "zzzzzzzzzzz", new byte[0])), refused("size")));
    all.add(new Attack("R8g", "a negative size in base 256", tar(new Tar().claims("f", "\u00ff".repeat(12), new byte[0])), refused("size")));
    all.add(new Attack("R8g", "a size of 2^62", tar(new Tar().claims("f", base256(1L << 62), new byte[10])), refused("truncated")));
    all.add(new Attack("R8g", "cut off in a file", scene -> scene.image(new HostileImage().gzip(Arrays.copyOf(new Tar().file("f", "x".repeat(2000)).bytes(), 1500))), refused("truncated")));
    all.add(new Attack("R8g", "cut off in a header", scene -> scene.image(new HostileImage().gzip(Arrays.copyOf(new Tar().file("f", "x").bytes(), 300))), refused("truncated")));
    all.add(new Attack("R8g", "no end mark", scene -> scene.image(new HostileImage().gzip(new Tar().file("f", "x").unfinished())), pulled(isFile("f", "x"))));
    all.add(new Attack("R8g", "a wrong checksum", scene -> {
      byte[] bytes = new Tar().file("f", "x").bytes();
      bytes[0] ^= 1;
      scene.image(new HostileImage().gzip(bytes));
    }, refused("checksum")));
    all.add(new Attack("R8g", "five million entries", scene -> {
      ByteArrayOutputStream members = new ByteArrayOutputStream();
      byte[] block = new byte[100_000 * Tar.BLOCK];
      byte[] header = Tar.header(Tar.FOLDER, "d/", "", 0755, Tar.octal(0));
      for (int i = 0; i < 100_000; i++) {
        System.arraycopy(header, 0, block, i * Tar.BLOCK, Tar.BLOCK);
      }
      byte[] member = HostileImage.compress(block);
      for (int i = 0; i < 50; i++) {
        members.writeBytes(member);
      }
      scene.image(new HostileImage().layer(members.toByteArray(), HostileImage.GZIP, HostileImage.digest(new byte[0])));
    }, refused("more than 4000000 entries")).within(240).inFull());
  }

  /** /etc/passwd and /etc/group are read from a layer when it is pulled. */
  private static void accounts(List<Attack> all) {
    for (String file : List.of("etc/passwd", "etc/group")) {
      all.add(new Attack("F8", file + " is a device", tar(new Tar().folder("etc").device(Tar.CHARACTER_DEVICE, file, 1, 5)), pulled(scene -> {})));
      all.add(new Attack("F8", file + " is a FIFO", tar(new Tar().folder("etc").device(Tar.FIFO, file, 0, 0)), pulled(scene -> {})));
      all.add(new Attack("F8", file + " is a link to the host", aimed(canary -> new Tar().folder("etc").symlink(file, canary + "/passwd")), pulled(scene -> {})));
      all.add(new Attack("F8", file + " is a link to /proc/kmsg", tar(new Tar().folder("etc").symlink(file, "/proc/kmsg")), pulled(scene -> {})));
      all.add(new Attack("F8", file + " is a folder", tar(new Tar().folder(file)), pulled(scene -> {})));
    }
    all.add(new Attack("F8", "20 GiB of holes",
        tar(new Tar().folder("etc").pax(Tar.record("GNU.sparse.map", "0,1") + Tar.record("GNU.sparse.size", String.valueOf(20L << 30))).claims("etc/passwd", Tar.octal(1), new byte[] {'r'})),
        pulled(scene -> {})));
    all.add(new Attack("F8", "one line of 64 MiB", tar(new Tar().folder("etc").file("etc/passwd", "r".repeat(64 * MIB))), pulled(scene -> {})));
  }

  private static void packings(List<Attack> all) {
    byte[] zeros = HostileImage.compress(new byte[64 * MIB]);
    byte[] huge = HostileImage.compress(Tar.header(Tar.FILE, "zeros", "", 0644, base256(100L << 30)));
    all.add(new Attack("R7", "a gzip bomb, 1000:1, of many members", scene -> {
      ByteArrayOutputStream bomb = new ByteArrayOutputStream();
      bomb.writeBytes(huge);
      for (int i = 0; i < 64; i++) {
        bomb.writeBytes(zeros);
      }
      scene.image(new HostileImage().layer(bomb.toByteArray(), HostileImage.GZIP, HostileImage.digest(new byte[0])));
    }, refused("times its size")).within(120));
    all.add(new Attack("R7", "a zstd bomb, 10000:1", scene -> {
      ByteArrayOutputStream bomb = new ByteArrayOutputStream();
      bomb.writeBytes(Zstd.compress(Tar.header(Tar.FILE, "zeros", "", 0644, base256(100L << 30))));
      byte[] frame = Zstd.compress(new byte[64 * MIB]);
      for (int i = 0; i < 64; i++) {
        bomb.writeBytes(frame);
      }
      scene.image(new HostileImage().layer(bomb.toByteArray(), HostileImage.ZSTD, HostileImage.digest(new byte[0])));
    }, refused("times its size")).within(120));
    all.add(new Attack("R7", "gzip in gzip", scene -> scene.image(new HostileImage().gzip(HostileImage.compress(new Tar().file("f", "x".repeat(5000)).bytes()))), refused("truncated")));
    all.add(new Attack("R7", "a zstd window of 2 TiB", scene ->
        scene.image(new HostileImage().layer(frame((31 << 3) | 0), HostileImage.ZSTD, HostileImage.digest(new byte[0]))), refused("zstd")));
    all.add(new Attack("R7", "a zstd window of 256 MiB", scene ->
        scene.image(new HostileImage().layer(frame(18 << 3), HostileImage.ZSTD, HostileImage.digest(new byte[0]))), refused("zstd")));
    all.add(new Attack("R7", "a zstd window of 128 MiB, all of it used", scene -> scene.image(largeWindow(scene.registry().host())), pulled(scene -> {})).within(120).inFull());
    all.add(new Attack("R7", "garbage behind the last gzip member", scene -> {
      byte[] tar = new Tar().file("f", "x").bytes();
      byte[] packed = HostileImage.compress(tar);
      byte[] more = Arrays.copyOf(packed, packed.length + 5000);
      Arrays.fill(more, packed.length, more.length, (byte) 'G');
      scene.image(new HostileImage().layer(more, HostileImage.GZIP, HostileImage.digest(tar)));
    }, refused("gzip")));
    all.add(new Attack("R7", "a gzip stream cut off", scene -> {
      byte[] tar = new Tar().file("f", "x".repeat(5000)).bytes();
      byte[] packed = HostileImage.compress(tar);
      scene.image(new HostileImage().layer(Arrays.copyOf(packed, packed.length / 2), HostileImage.GZIP, HostileImage.digest(tar)));
    }, refused("gzip")));
    all.add(new Attack("R7", "a zstd stream cut off", scene -> {
      byte[] tar = new Tar().file("f", "x".repeat(5000)).bytes();
      byte[] packed = Zstd.compress(tar);
      scene.image(new HostileImage().layer(Arrays.copyOf(packed, packed.length - 5), HostileImage.ZSTD, HostileImage.digest(tar)));
    }, refused("zstd")));
    all.add(new Attack("R7", "a flipped bit in gzip", scene -> {
      byte[] tar = new Tar().file("f", "some text ".repeat(500)).bytes();
      byte[] packed = HostileImage.compress(tar);
      packed[packed.length - 6] ^= 1;
      scene.image(new HostileImage().layer(packed, HostileImage.GZIP, HostileImage.digest(tar)));
    }, refused("of its layer")));
    all.add(new Attack("R7", "empty gzip members without end", scene -> {
      byte[] tar = new Tar().file("f", "x").bytes();
      byte[] empty = HostileImage.compress(new byte[0]);
      ByteArrayOutputStream members = new ByteArrayOutputStream();
      for (int i = 0; i < 100_000; i++) {
        members.writeBytes(empty);
      }
      members.writeBytes(HostileImage.compress(tar));
      scene.image(new HostileImage().layer(members.toByteArray(), HostileImage.GZIP, HostileImage.digest(tar)));
    }, pulled(isFile("f", "x"))));
    all.add(new Attack("R7", "another archive than the configuration states", scene ->
        scene.image(new HostileImage().layer(HostileImage.compress(new Tar().file("f", "x").bytes()), HostileImage.GZIP, HostileImage.digest(new byte[1]))), refused("configuration states")));
    all.add(new Attack("F2", "garbage for a layer", scene -> {
      byte[] garbage = new byte[100_000];
      new java.util.Random(1).nextBytes(garbage);
      scene.image(new HostileImage().layer(garbage, HostileImage.PLAIN, HostileImage.digest(garbage)));
    }, refused("of its layer")));
    all.add(new Attack("F2", "an empty layer", scene -> scene.image(new HostileImage().layer(new byte[0], HostileImage.GZIP, HostileImage.digest(new byte[0]))), pulled(scene -> {})));
  }

  /** A file of zeros, packed with the largest window that is taken; nothing tells its length before its end. */
  private static HostileImage largeWindow(String name) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    MessageDigest digest = HostileImage.sha256();
    byte[] zeros = new byte[MIB];
    byte[] header = Tar.header(Tar.FILE, name, "", 0644, Tar.octal(160L * MIB));
    try (ZstdOutputStream zstd = new ZstdOutputStream(packed, 3).setLong(27)) {
      zstd.write(header);
      digest.update(header);
      for (int i = 0; i < 160; i++) {
        zstd.write(zeros);
        digest.update(zeros);
      }
      zstd.write(zeros, 0, 2 * Tar.BLOCK);
      digest.update(zeros, 0, 2 * Tar.BLOCK);
    }
    return new HostileImage().layer(packed.toByteArray(), HostileImage.ZSTD, "sha256:" + HexFormat.of().formatHex(digest.digest()));
  }

  /** The head of a zstd frame with this window descriptor, and a block behind it. */
  private static byte[] frame(int window) {
    byte[] frame = new byte[600];
    byte[] head = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x00, (byte) window, (byte) 0x01, 0x10, 0x00};
    System.arraycopy(head, 0, frame, 0, head.length);
    return frame;
  }
}
