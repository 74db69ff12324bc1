package io.crij.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One way to log in that a registry offers in {@code WWW-Authenticate} (RFC 9110, section 11.6.1).
 *
 * @param scheme lower case
 * @param parameters names in lower case, values unquoted
 */
record Challenge(String scheme, Map<String, String> parameters) {

  /** All challenges of all headers, in order; what cannot be read ends the header it stands in. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      new Parser(header, challenges).run();
    }
    return challenges;
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  private static final class Parser {
    private final String text;
    private final List<Challenge> found;
    private int at;

    Parser(String text, List<Challenge> found) {
      this.text = text;
      this.found = found;
    }

    void run() {
      Map<String, String> parameters = new LinkedHashMap<>();
      while (true) {
        skip(" \t,");
        String token = token();
        if (token.isEmpty()) {
          return;
        }
        int afterToken = at;
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          skip(" \t");
          parameters.put(token.toLowerCase(Locale.ROOT), value());
        } else {
          // A word without '=' starts the next challenge.
          at = afterToken;
          parameters = new LinkedHashMap<>();
          found.add(new Challenge(token.toLowerCase(Locale.ROOT), parameters));
        }
      }
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return token();
      }
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      at = Math.min(at + 1, text.length()); // the closing quote may be missing
      return value.toString();
    }

    private String token() {
      int start = at;
      while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }
  }
}
