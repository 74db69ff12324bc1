package io.crij.critest.hostile;

import static io.crij.critest.hostile.Attack.failed;
import static io.crij.critest.hostile.Attack.pulled;
import static io.crij.critest.hostile.Attack.refused;
import static io.crij.critest.hostile.Attack.unavailable;
import static io.crij.image.testing.ScriptedServer.answer;
import static io.crij.image.testing.ScriptedServer.latin;

import io.crij.cri.AuthConfig;
import io.crij.image.testing.ScriptedServer;
import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Registries that break off, lead astray, dawdle and lie about logins: rows R1, R3 to R6, G1 and G4. */
final class WireAttacks {
  private WireAttacks() {}

  static List<Attack> all() {
    List<Attack> all = new ArrayList<>();
    breaks(all);
    redirects(all);
    logins(all);
    patience(all);
    secrets(all);
    grammar(all);
    return all;
  }

  private static String blobOf(HostileImage image) {
    return HostileServer.blobPath("evil", HostileImage.digest(image.layers().getFirst().blob()));
  }

  /** An image whose layer is so large that its first bytes are worth keeping. */
  private static HostileImage large() {
    byte[] noise = new byte[3 << 20];
    new Random(7).nextBytes(noise);
    return new HostileImage().gzip(new Tar().entry(Tar.FILE, "noise", "", 0644, noise).bytes());
  }

  private static void breaks(List<Attack> all) {
    all.add(new Attack("R1", "reset at changing places, then whole", scene -> {
      HostileImage image = large();
      scene.image(image);
      AtomicInteger asked = new AtomicInteger();
      scene.registry().on(blobOf(image), (request, out) -> {
        int time = asked.incrementAndGet();
        if (time <= 4) {
          cut(scene, request, out, time * 100_001);
        }
        scene.registry().serve(request, out);
      });
    }, pulled(scene -> {})));
    all.add(new Attack("R1", "reset again and again", scene -> {
      HostileImage image = large();
      scene.image(image);
      scene.registry().on(blobOf(image), (request, out) -> cut(scene, request, out, 1000));
    }, unavailable("broke").and(scene -> Scene.require(scene.registry().requests.size() < 40, "asked " + scene.registry().requests.size() + " times"))).keepsPartial());
    all.add(new Attack("R1", "ranges ignored", scene -> {
      HostileImage image = large();
      brokenOnce(scene, image, (request, out) -> {
        byte[] blob = image.layers().getFirst().blob();
        out.write(latin("HTTP/1.1 200 OK\r\nContent-Length: " + blob.length + "\r\n\r\n"));
        out.write(blob);
      });
    }, pulled(scene -> {})));
    all.add(new Attack("R1", "another part than the one asked for", scene -> {
      HostileImage image = large();
      brokenOnce(scene, image, (request, out) -> {
        out.write(latin("HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-9/10\r\nContent-Length: 10\r\n\r\n0123456789"));
      });
    }, unavailable("another part")).keepsPartial());
    all.add(new Attack("R1", "other bytes behind the break", scene -> {
      HostileImage image = large();
      brokenOnce(scene, image, (request, out) -> {
        int whole = image.layers().getFirst().blob().length;
        int from = Integer.parseInt(request.headers().getOrDefault("range", "bytes=0-").replaceAll("[^0-9]", ""));
        int rest = whole - from;
        out.write(latin("HTTP/1.1 206 Partial\r\nContent-Range: bytes " + from + "-" + (whole - 1) + "/" + whole + "\r\nContent-Length: " + rest + "\r\n\r\n"));
        out.write(new byte[rest]);
      });
    }, refused("of its layer")));
    all.add(new Attack("R1", "a short body", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      byte[] blob = image.layers().getFirst().blob();
      String half = "HTTP/1.1 200 OK\r\nContent-Length: " + blob.length / 2 + "\r\n\r\n";
      scene.registry().on(blobOf(image), (request, out) -> {
        if (request.headers().containsKey("range")) {
          out.write(latin(answer(416, "")));
          return;
        }
        out.write(latin(half));
        out.write(blob, 0, blob.length / 2);
      });
    }, refused("where the manifest states")));
    all.add(new Attack("R1", "nothing but a closed connection", scene -> scene.registry().on("*", (request, out) -> {
      throw new IOException("cut");
    }), unavailable("127.0.0.1")));
  }

  /** Offers an image whose layer breaks off at the first request; {@code then} answers the others. */
  private static void brokenOnce(Scene scene, HostileImage image, ScriptedServer.Script then) throws IOException {
    scene.image(image);
    AtomicInteger asked = new AtomicInteger();
    scene.registry().on(blobOf(image), (request, out) -> {
      if (asked.incrementAndGet() == 1) {
        cut(scene, request, out, 500_000);
      }
      then.answer(request, out);
    });
  }

  /** Sends what was asked for as far as {@code bytes}, and cuts the connection. */
  private static void cut(Scene scene, ScriptedServer.Request request, OutputStream out, int bytes) throws IOException {
    int[] left = {bytes + 200};
    scene.registry().serve(request, new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] buffer, int from, int length) throws IOException {
        int count = Math.min(left[0], length);
        out.write(buffer, from, count);
        left[0] -= count;
        if (left[0] == 0) {
          out.flush();
          throw new IOException("cut");
        }
      }
    });
  }

  private static void redirects(List<Attack> all) {
    for (String place : List.of("file:///etc/passwd", "unix:///run/crij/crij.sock", "ftp://x/y", "http://user:pass@127.0.0.1/", "http://127.0.0.1:99999/", "gopher://x", "//", "")) {
      all.add(new Attack("R3", "to '" + place + "'", scene -> scene.registry().on(Scene.manifestPath(), answer(307, "", "Location: " + place)), refused("redirects to where")));
    }
    all.add(new Attack("R3", "in a loop", scene -> scene.registry().on("*", (request, out) -> out.write(latin(answer(302, "", "Location: " + request.target())))), refused("redirects more than 5 times")));
    all.add(new Attack("R3", "50 hops", scene -> scene.registry().on("*", (request, out) -> out.write(latin(answer(302, "", "Location: " + request.target() + "x")))),
        refused("redirects more than 5 times").and(scene -> Scene.require(scene.registry().requests.size() == 6, "followed " + scene.registry().requests.size()))));
    all.add(new Attack("R3", "to the metadata service", scene -> scene.registry().on(Scene.manifestPath(), answer(307, "", "Location: http://169.254.169.254/latest/meta-data/")), refused("169.254.169.254")));
    all.add(new Attack("R3", "to the metadata service by a mapped address", scene -> scene.registry().on(Scene.manifestPath(), answer(307, "", "Location: http://[::ffff:169.254.169.254]/latest/")), refused("169.254.169.254").and(scene -> {})));
    all.add(new Attack("G1", "along a redirect", scene -> {
      ScriptedServer other = scene.another().on("*", answer(401, "", "WWW-Authenticate: Basic realm=\"give\""));
      scene.loginWithPassword();
      scene.registry().on(Scene.manifestPath(), (request, out) ->
          out.write(latin(request.authorization().isEmpty() ? answer(401, "", "WWW-Authenticate: Basic realm=\"x\"") : answer(307, "", "Location: http://" + other.host() + "/stolen"))));
      scene.watch(other);
    }, failed(Status.Code.UNAUTHENTICATED)));
    all.add(new Attack("G1", "of a blob, along a redirect", scene -> {
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      ScriptedServer other = scene.another().on("*", (request, out) -> {
        byte[] blob = image.layers().getFirst().blob();
        out.write(latin("HTTP/1.1 200 OK\r\nContent-Length: " + blob.length + "\r\n\r\n"));
        out.write(blob);
      });
      scene.loginWithPassword();
      HostileServer registry = scene.registry();
      for (String path : List.of(Scene.manifestPath(), HostileServer.blobPath("evil", HostileImage.digest(image.configBytes())))) {
        registry.on(path, (request, out) -> {
          if (request.authorization().isEmpty()) {
            out.write(latin(answer(401, "", "WWW-Authenticate: Basic realm=\"x\"")));
          } else {
            registry.serve(request, out);
          }
        });
      }
      registry.on(blobOf(image), answer(307, "", "Location: http://" + other.host() + "/blob"));
      scene.watch(other);
    }, pulled(scene -> {})));
    all.add(new Attack("G1", "foreign layers with urls", scene -> {
      HostileServer other = scene.another();
      HostileImage image = HostileImage.good("x");
      scene.image(image);
      var manifest = image.manifest();
      ((com.fasterxml.jackson.databind.node.ObjectNode) manifest.path("layers").path(0)).put("mediaType", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip").putArray("urls").add("http://" + other.host() + "/layer");
      scene.manifest(HostileImage.bytes(manifest));
      scene.loginWithPassword();
      HostileServer registry = scene.registry();
      registry.on(Scene.manifestPath(), (request, out) -> {
        if (request.authorization().isEmpty()) {
          out.write(latin(answer(401, "", "WWW-Authenticate: Basic realm=\"x\"")));
        } else {
          registry.serve(request, out);
        }
      });
      registry.on(blobOf(image), answer(404, ""));
      scene.watch(other);
    }, new Attack.Outcome(java.util.Set.of(Status.Code.NOT_FOUND, Status.Code.UNKNOWN, Status.Code.FAILED_PRECONDITION), List.of(), scene -> {})));
  }

  private static void logins(List<Attack> all) {
    all.add(new Attack("R5", "401 for ever", scene -> {
      scene.loginWithPassword();
      scene.registry().on("*", answer(401, Scene.PASSWORD, "WWW-Authenticate: Basic realm=\"x\""));
    }, failed(Status.Code.UNAUTHENTICATED).and(scene -> Scene.require(scene.registry().requests.size() == 2, "asked " + scene.registry().requests.size() + " times"))));
    all.add(new Attack("R5", "401 for ever with tokens of one second", scene -> {
      HostileServer registry = scene.registry();
      registry.on("/token", answer(200, "{\"token\":\"" + Scene.TOKEN + "\",\"expires_in\":1}"));
      registry.on(Scene.manifestPath(), answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\""));
    }, failed(Status.Code.UNAUTHENTICATED).and(scene -> Scene.require(scene.registry().requests.size() <= 4, "asked " + scene.registry().requests.size() + " times"))));
    for (String realm : List.of("file:///etc/passwd", "", "http://169.254.169.254/", "unix:///x", "not a url")) {
      all.add(new Attack("R5", "a token service at '" + realm + "'", scene -> scene.registry().on("*", answer(401, "", "WWW-Authenticate: Bearer realm=\"" + realm + "\"")), refused("127.0.0.1").and(scene -> {})));
    }
    for (String token : List.of("{}", "[]", "{\"token\":\"a\\r\\nX-Evil: 1\"}", "{\"token\":{}}", "garbage", "{\"token\":\"t\",\"expires_in\":\"-9e99\"}")) {
      all.add(new Attack("R5", "the token " + token, scene -> {
        HostileServer registry = scene.registry();
        registry.on("/token", answer(200, token));
        registry.on(Scene.manifestPath(), answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\""));
      }, token.contains("-9e99") ? failed(Status.Code.UNAUTHENTICATED) : refused("token")));
    }
    all.add(new Attack("R5", "a token of 10 MiB", scene -> {
      HostileServer registry = scene.registry();
      registry.on("/token", answer(200, "{\"token\":\"" + "t".repeat(10 << 20) + "\"}"));
      registry.on(Scene.manifestPath(), answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\""));
    }, refused("token")));
    all.add(new Attack("R5", "a scope and a service with line breaks and 10 KiB", scene -> {
      HostileServer registry = scene.registry();
      registry.on("/token", answer(200, "{\"token\":\"t\"}"));
      registry.on(Scene.manifestPath(), answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\",scope=\"" + "s".repeat(10_000) + "\",service=\"a b&c=d\""));
    }, failed(Status.Code.UNAUTHENTICATED)));
    all.add(new Attack("R5", "a thousand challenges", scene -> {
      String[] many = new String[90];
      java.util.Arrays.fill(many, "WWW-Authenticate: Digest realm=\"a\", Negotiate, Bearer x=y, " + ",".repeat(500));
      scene.registry().on("*", answer(401, "", many));
    }, new Attack.Outcome(java.util.Set.of(Status.Code.UNAUTHENTICATED, Status.Code.FAILED_PRECONDITION, Status.Code.UNKNOWN), List.of("127.0.0.1"), scene -> {})));
  }

  private static void patience(List<Attack> all) {
    all.add(new Attack("R6", "Retry-After in seconds, then well", scene -> {
      scene.image(HostileImage.good("x"));
      AtomicInteger asked = new AtomicInteger();
      scene.registry().on(Scene.manifestPath(), (request, out) -> {
        if (asked.incrementAndGet() == 1) {
          out.write(latin(answer(429, "", "Retry-After: 2")));
        } else {
          scene.registry().serve(request, out);
        }
      });
    }, pulled(scene -> {})));
    all.add(new Attack("R6", "Retry-After as a date, then well", scene -> {
      scene.image(HostileImage.good("x"));
      AtomicInteger asked = new AtomicInteger();
      scene.registry().on(Scene.manifestPath(), (request, out) -> {
        if (asked.incrementAndGet() == 1) {
          String soon = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2));
          out.write(latin(answer(503, "", "Retry-After: " + soon)));
        } else {
          scene.registry().serve(request, out);
        }
      });
    }, pulled(scene -> {})));
    for (String wait : List.of("315360000", "99999999999999999999999", "Tue, 31 Dec 2199 23:59:59 GMT")) {
      all.add(new Attack("R6", "Retry-After: " + wait, scene -> scene.registry().on("*", answer(429, "", "Retry-After: " + wait)),
          unavailable("asks to come back in more than a day").and(scene -> Scene.require(scene.registry().requests.size() == 1, "asked again"))).within(10));
    }
    all.add(new Attack("R6", "Retry-After: an hour", scene -> scene.registry().on("*", answer(429, "", "Retry-After: 3600")), unavailable("come back in 3600 seconds")).within(10));
    for (String wait : List.of("soon", "-5", "", "Fri, 99 Foo 2199")) {
      all.add(new Attack("R6", "Retry-After: '" + wait + "'", scene -> scene.registry().on("*", answer(503, "", "Retry-After: " + wait)), unavailable("answers 503")));
    }
    all.add(new Attack("R6", "503 and 200 in turn", scene -> {
      scene.image(HostileImage.good("x"));
      AtomicInteger asked = new AtomicInteger();
      HostileServer registry = scene.registry();
      ScriptedServer.Script flap = (request, out) -> {
        if (asked.incrementAndGet() % 2 == 1) {
          out.write(latin(answer(503, "")));
        } else {
          registry.serve(request, out);
        }
      };
      HostileImage image = HostileImage.good("x");
      registry.on(Scene.manifestPath(), flap).on(blobOf(image), flap).on(HostileServer.blobPath("evil", HostileImage.digest(image.configBytes())), flap);
    }, pulled(scene -> {})));
  }

  /** The registry repeats what it was told, and so must nobody else. */
  private static void secrets(List<Attack> all) {
    for (int status : new int[] {400, 401, 403, 404, 500}) {
      all.add(new Attack("G4", "secrets repeated in a " + status, scene -> {
        scene.login(AuthConfig.newBuilder().setUsername("me").setPassword(Scene.PASSWORD).setRegistryToken(Scene.TOKEN).build());
        scene.registry().on("*", answer(status, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"" + Scene.PASSWORD + " " + Scene.TOKEN + "\"}]}", "WWW-Authenticate: Bearer realm=\"http://" + scene.registry().host() + "/token?t=" + Scene.TOKEN + "\""));
      }, new Attack.Outcome(java.util.Set.of(Status.Code.UNAUTHENTICATED, Status.Code.PERMISSION_DENIED, Status.Code.NOT_FOUND, Status.Code.UNKNOWN, Status.Code.FAILED_PRECONDITION), List.of("127.0.0.1"), scene -> {})));
    }
    all.add(new Attack("G4", "a secret in the place of a redirect", scene -> scene.registry().on("*", answer(307, "", "Location: http://127.0.0.1:1/x?token=" + Scene.TOKEN)),
        unavailable("127.0.0.1:1")));
    all.add(new Attack("G4", "a secret in a name", scene -> scene.reference("me:" + Scene.PASSWORD + "@" + scene.registry().host() + "/evil:1"), failed(Status.Code.INVALID_ARGUMENT, "login")));
    all.add(new Attack("G4", "credentials that are no base64", scene -> scene.login(AuthConfig.newBuilder().setAuth("%%" + Scene.PASSWORD).build()), failed(Status.Code.INVALID_ARGUMENT, "auth")));
  }

  private static void grammar(List<Attack> all) {
    for (String head : List.of("garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "HTTP/1.1 999999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "HTTP/1.1 200 OK\r\n no: value\r\n\r\n")) {
      all.add(new Attack("R4", "the head " + head.replace("\r\n", "|"), scene -> scene.registry().on("*", head), unavailable("127.0.0.1")));
    }
    all.add(new Attack("R4", "a head without end", scene -> scene.registry().on("*", (request, out) -> {
      out.write(latin("HTTP/1.1 200 OK\r\n"));
      while (true) {
        out.write(latin("X-More: " + "x".repeat(1000) + "\r\n"));
      }
    }), unavailable("127.0.0.1")));
    all.add(new Attack("R4", "interim answers without end", scene -> scene.registry().on("*", (request, out) -> {
      while (true) {
        out.write(latin("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n".repeat(100)));
      }
    }), unavailable("127.0.0.1")));
  }

  /** Those that take their time; they run side by side, while others are served. */
  static List<Attack> slow() {
    List<Attack> all = new ArrayList<>();
    all.add(new Attack("R4", "a head at one byte a second", scene -> scene.registry().on("*", (request, out) -> drip(scene, out, answer(200, "{}"))), unavailable("does not answer in time")).within(150));
    all.add(new Attack("R4", "no head at all", scene -> scene.registry().on("*", (request, out) -> scene.registry().hang()), unavailable("does not answer in time")).within(150));
    all.add(new Attack("R4", "a manifest at one byte a second", scene -> scene.registry().on(Scene.manifestPath(), (request, out) -> {
      out.write(latin("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"));
      drip(scene, out, " ".repeat(500));
    }), unavailable("sent less than")).within(150));
    all.add(new Attack("R4", "a layer at one byte a second", scene -> {
      HostileImage image = large();
      scene.image(image);
      scene.registry().on(blobOf(image), (request, out) -> {
        out.write(latin("HTTP/1.1 200 OK\r\nContent-Length: " + image.layers().getFirst().blob().length + "\r\n\r\n"));
        for (byte b : image.layers().getFirst().blob()) {
          out.write(b);
          scene.registry().pause(1000);
        }
      });
    }, unavailable("sent less than")).within(280).keepsPartial());
    all.add(new Attack("R4", "a layer that stops in the middle", scene -> {
      HostileImage image = large();
      scene.image(image);
      scene.registry().on(blobOf(image), (request, out) -> {
        byte[] blob = image.layers().getFirst().blob();
        out.write(latin("HTTP/1.1 200 OK\r\nContent-Length: " + blob.length + "\r\n\r\n"));
        out.write(blob, 0, blob.length / 2);
        out.flush();
        scene.registry().hang();
      });
    }, unavailable("127.0.0.1")).within(280).keepsPartial());
    all.add(new Attack("R4", "a token at one byte a second", scene -> {
      HostileServer registry = scene.registry();
      registry.on("/token", (request, out) -> drip(scene, out, answer(200, "{\"token\":\"t\"}")));
      registry.on(Scene.manifestPath(), answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\""));
    }, unavailable("127.0.0.1")).within(280));
    return all;
  }

  private static void drip(Scene scene, OutputStream out, String text) throws IOException {
    for (byte b : latin(text)) {
      out.write(b);
      out.flush();
      scene.registry().pause(1000);
    }
  }
}
