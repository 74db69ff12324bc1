package io.crij.image.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Header fields of one message; names in any case. Not thread-safe. */
public final class HttpHeaders {
  private final Map<String, List<String>> fields = new TreeMap<>();

  public HttpHeaders add(String name, String value) {
    fields.computeIfAbsent(name.toLowerCase(Locale.ROOT), key -> new ArrayList<>()).add(value);
    return this;
  }

  /** In place of all values so far. */
  public HttpHeaders set(String name, String value) {
    fields.remove(name.toLowerCase(Locale.ROOT));
    return add(name, value);
  }

  public HttpHeaders addAll(Map<String, List<String>> more) {
    more.forEach((name, values) -> values.forEach(value -> add(name, value)));
    return this;
  }

  public Optional<String> first(String name) {
    return all(name).stream().findFirst();
  }

  /** The values in their order, none if the field is missing. */
  public List<String> all(String name) {
    return fields.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  /** Names in lower case. */
  public Map<String, List<String>> fields() {
    return fields;
  }

  /** Whether text may stand in a header's value: a line break would start a field of its own. */
  public static boolean isValue(String text) {
    return text.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 127 && c <= 255));
  }

  /** Whether text is a field name (RFC 9110, section 5.6.2). */
  public static boolean isName(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c < 127 && (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0));
  }
}
