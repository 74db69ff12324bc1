package io.crij.image.registry;

import io.crij.core.CriException;
import io.crij.image.content.Reference;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** Feeds bytes to one parser each: of what registries send, and of what administrators write. Only the refusals that callers expect may come out. */
public final class RegistryParserTargets {
  private static final Reference REFERENCE = Reference.parse("registry.example:5000/team/app:1");

  private RegistryParserTargets() {}

  public static void challenge(byte[] bytes) {
    for (Challenge challenge : Challenge.parse(List.of(new String(bytes, StandardCharsets.ISO_8859_1)))) {
      RegistryTransport.webUrl(challenge.parameter("realm"));
    }
  }

  public static void retryAfter(byte[] bytes) {
    RetryAfter.parse(text(bytes), Instant.EPOCH).ifPresent(wait -> {
      if (wait.isNegative()) {
        throw new AssertionError("a wait of " + wait);
      }
    });
  }

  public static void contentRange(byte[] bytes) {
    ContentRange.startsAt(text(bytes), 0);
  }

  public static void hostsToml(byte[] bytes) {
    try {
      for (HostsFile.Server server : HostsFile.parse(text(bytes), "registry.example:5000").mirrors()) {
        ServerUrl.isRegistry(server.base(), "registry.example:5000");
      }
    } catch (IllegalArgumentException refused) {
      // Names what is wrong.
    }
  }

  public static void registriesConf(byte[] bytes) {
    try {
      RegistriesConf conf = RegistriesConf.parse(text(bytes));
      conf.expand("busybox");
      conf.places(REFERENCE);
    } catch (IllegalArgumentException refused) {
      // Names what is wrong.
    }
  }

  public static void authFile(byte[] bytes) {
    try {
      AuthFile.parse(text(bytes)).find("registry.example:5000", "team/app");
    } catch (IllegalArgumentException refused) {
      // Says what is wrong without quoting it.
    }
  }

  public static void shortName(byte[] bytes) {
    RegistriesConf conf = RegistriesConf.parse("unqualified-search-registries = [\"a.example\"]");
    for (String full : conf.expand(text(bytes))) {
      try {
        Reference.parse(full);
      } catch (CriException refused) {
        // INVALID_ARGUMENT, which quotes it.
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
