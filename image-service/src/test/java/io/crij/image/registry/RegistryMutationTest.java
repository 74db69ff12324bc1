package io.crij.image.registry;

import io.crij.image.http.HttpParserTargets;
import io.crij.image.trust.TrustParserTargets;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Good texts with a few characters changed, many times over, in the same order in every run. {@link RegistryFuzzTest} searches further. */
class RegistryMutationTest {
  private static final int MUTATIONS = 5_000;
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  static Stream<Arguments> targets() {
    return Stream.of(
        target("challenge", RegistryParserTargets::challenge, "Bearer realm=\"https://auth.example/token\",service=\"r\",scope=\"repository:a/b:pull,push\", Basic realm=\"a \\\" b\""),
        target("retryAfter", RegistryParserTargets::retryAfter, "120", "Sat, 21 Nov 2026 12:00:30 GMT"),
        target("contentRange", RegistryParserTargets::contentRange, "bytes 0-99/1000", "bytes 5-9/*"),
        target(
            "hostsToml",
            RegistryParserTargets::hostsToml,
            "server = \"https://r.example\"\n[host.\"https://a.example:5000/x\"]\ncapabilities = [\"pull\", \"resolve\"]\nca = [\"a\"]\nclient = [[\"a\", \"b\"]]\ndial_timeout = \"1m3s\"\n[host.\"https://a.example:5000/x\".header]\nx = [\"y\"]\n"),
        target(
            "registriesConf",
            RegistryParserTargets::registriesConf,
            "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n[[registry]]\nprefix = \"registry.example:5000/team\"\nlocation = \"other.example/x\"\n[[registry.mirror]]\nlocation = \"m.example/y\"\npull-from-mirror = \"tag-only\"\n[aliases]\n\"busybox\" = \"docker.io/library/busybox\"\n",
            "[[registry]]\nprefix = \"*.example\"\nblocked = true\n"),
        target("authFile", RegistryParserTargets::authFile, "{\"auths\":{\"registry.example:5000/team\":{\"auth\":\"dTpw\"},\"https://x/v1/\":{\"username\":\"u\",\"password\":\"p\",\"identitytoken\":\"i\"}}}"),
        target("shortName", RegistryParserTargets::shortName, "team/busybox:1", "busybox@" + DIGEST),
        target(
            "policy",
            TrustParserTargets::policy,
            "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"registry.example:5000\":[{\"type\":\"sigstoreSigned\",\"keyData\":\"YQ==\",\"signedIdentity\":{\"type\":\"remapIdentity\",\"prefix\":\"a\",\"signedPrefix\":\"b\"}}]}}}",
            "{\"default\":[{\"type\":\"insecureAcceptAnything\"}],\"transports\":{\"docker\":{\"\":[{\"type\":\"reject\"}]}}}"),
        target(
            "payload",
            TrustParserTargets::payload,
            "{\"critical\":{\"identity\":{\"docker-reference\":\"registry.example:5000/team/app\"},\"image\":{\"docker-manifest-digest\":\"" + DIGEST + "\"},\"type\":\"cosign container image signature\"},\"optional\":null}"),
        target(
            "answers",
            HttpParserTargets::answers,
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\nrest",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        target("http2", HttpParserTargets::http2, "\0\0\0\4\0\0\0\0\0" + "\0\0\1\1\4\0\0\0\1@" + "\0\0\3\0\1\0\0\0\1abc"),
        target(
            "keys",
            HttpParserTargets::keys,
            "-----BEGIN EC PRIVATE KEY-----\nMCUCAQEEBAECAwSgCgYIKoZIzj0DAQehDgMMAAQBAgMEBQYHCAkK\n-----END EC PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nMAYCAQACAQE=\n-----END RSA PRIVATE KEY-----\n-----BEGIN PUBLIC KEY-----\nMAYCAQACAQE=\n-----END PUBLIC KEY-----\n"),
        target("proxies", HttpParserTargets::proxies, "http://user:pass@proxy.example:3128", "10.0.0.0/8,fd00::/8,.example,*.sub.example:443,[::1]:5000,*"));
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
          throw new AssertionError("mutation " + i + " came out as " + e + ": " + HexFormat.of().formatHex(mutated), e);
        }
      }
    }
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(seed, random.nextInt(seed.length + 1)) : seed.clone();
    for (int changes = 1 + random.nextInt(5); changes > 0 && bytes.length > 0; changes--) {
      bytes[random.nextInt(bytes.length)] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt(256);
            case 1 -> (byte) "/.:@\"\\,=[]{}*?#0123456789-x \0\r\n".charAt(random.nextInt(31));
            case 2 -> bytes[random.nextInt(bytes.length)];
            default -> (byte) 0xff;
          };
    }
    return bytes;
  }

  private static Arguments target(String name, Consumer<byte[]> target, String... seeds) {
    return Arguments.of(Named.of(name, target), Named.of(seeds.length + " seeds", Stream.of(seeds).map(seed -> seed.getBytes(StandardCharsets.ISO_8859_1)).toList()));
  }
}
