package io.crij.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.image.http.ProxyServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads one TOML value, or says in words what it should have been. */
@FunctionalInterface
interface SettingType<T> {
  /** A value that does not fit; the message continues the sentence "KEY ". */
  final class Misfit extends Exception {
    private static final long serialVersionUID = 1;

    Misfit(String message) {
      super(message);
    }
  }

  T read(JsonNode node) throws Misfit;

  SettingType<Path> PATH =
      node -> {
        String text = node.isTextual() ? node.textValue() : "";
        try {
          if (text.startsWith("/")) {
            return Path.of(text).normalize();
          }
        } catch (InvalidPathException e) {
          throw new Misfit("is not a path: " + e.getReason());
        }
        throw new Misfit("must be an absolute path in quotes, not " + node);
      };

  SettingType<String> TEXT =
      node -> {
        if (!node.isTextual()) {
          throw new Misfit("must be a text in quotes, not " + node);
        }
        return node.textValue();
      };

  /** A proxy's URL or nothing. It may hold a password, so a misfit is not quoted. */
  SettingType<String> PROXY =
      node -> {
        if (!node.isTextual()) {
          throw new Misfit("must be the URL of a proxy in quotes");
        }
        try {
          if (!node.textValue().isEmpty()) {
            ProxyServer.parse(node.textValue());
          }
        } catch (IllegalArgumentException e) {
          throw new Misfit("is not the URL of a proxy: " + e.getMessage());
        }
        return node.textValue();
      };

  /** Numbers only: a name would be looked up, and could mean another address tomorrow. */
  SettingType<InetAddress> IP =
      node -> {
        try {
          return InetAddress.ofLiteral(node.isTextual() ? node.textValue() : "");
        } catch (IllegalArgumentException e) {
          throw new Misfit("must be an IP address in quotes, not " + node);
        }
      };

  /** {@code 127.0.0.1:9130}, {@code [::1]:9130}; empty for none. */
  SettingType<Optional<InetSocketAddress>> LISTEN =
      node -> {
        String text = node.isTextual() ? node.textValue() : "?";
        if (text.isEmpty()) {
          return Optional.empty();
        }
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        try {
          if (colon > 0 && port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65_535) {
            String address = text.substring(0, colon);
            boolean bracketed = address.startsWith("[") && address.endsWith("]");
            return Optional.of(
                new InetSocketAddress(InetAddress.ofLiteral(bracketed ? address.substring(1, address.length() - 1) : address), Integer.parseInt(port)));
          }
        } catch (IllegalArgumentException notAnAddress) {
          throw new Misfit(listenWords(node));
        }
        throw new Misfit(listenWords(node));
      };

  private static String listenWords(JsonNode node) {
    return "must be an IP address with a port, such as \"127.0.0.1:9130\" or \"[::1]:9130\", or empty, not " + node;
  }

  /** {@code http://127.0.0.1:4317}; kubelet's {@code 127.0.0.1:4317} means the same; empty for none. */
  SettingType<Optional<URI>> COLLECTOR =
      node -> {
        String text = node.isTextual() ? node.textValue() : "?";
        if (text.isEmpty()) {
          return Optional.empty();
        }
        try {
          URI uri = new URI(text.contains("://") ? text : "http://" + text);
          if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme()) && uri.getUserInfo() == null && uri.getQuery() == null && uri.getPort() <= 65_535) {
            return Optional.of(uri);
          }
        } catch (URISyntaxException noUrl) {
          throw new Misfit(collectorWords(node));
        }
        throw new Misfit(collectorWords(node));
      };

  private static String collectorWords(JsonNode node) {
    return "must be a URL such as \"http://127.0.0.1:4317\", without a login, or empty, not " + node;
  }

  SettingType<Boolean> YES_OR_NO =
      node -> {
        if (!node.isBoolean()) {
          throw new Misfit("must be true or false, not " + node);
        }
        return node.booleanValue();
      };

  static SettingType<Integer> number(int least, int most) {
    return node -> {
      if (!node.canConvertToInt() || !node.isIntegralNumber() || node.intValue() < least || node.intValue() > most) {
        throw new Misfit("must be a whole number from " + least + " to " + most + ", not " + node);
      }
      return node.intValue();
    };
  }

  static SettingType<String> choice(String... allowed) {
    return node -> {
      if (!node.isTextual() || !List.of(allowed).contains(node.textValue())) {
        throw new Misfit("must be one of " + List.of(allowed) + ", not " + node);
      }
      return node.textValue();
    };
  }

  static <E> SettingType<List<E>> listOf(SettingType<E> element) {
    return node -> {
      if (!node.isArray()) {
        throw new Misfit("must be a list in brackets, not " + node);
      }
      List<E> values = new ArrayList<>();
      for (JsonNode each : node) {
        values.add(element.read(each));
      }
      return List.copyOf(values);
    };
  }
}
