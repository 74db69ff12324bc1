package io.crij.nri;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Index and name of a plugin; plugins are called in the order of their index.
 *
 * @param index two digits
 * @param base letters, digits and {@code - _ . +}
 */
record PluginName(String index, String base) {
  private static final Pattern INDEX = Pattern.compile("[0-9]{2}");
  private static final Pattern BASE = Pattern.compile("[A-Za-z0-9._+-]{1,128}");
  private static final Pattern WHOLE = Pattern.compile("([0-9]{2})-(.+)");

  PluginName {
    if (!INDEX.matcher(index).matches()) {
      throw new IllegalArgumentException("'" + Words.printable(index) + "' is not an index of two digits");
    }
    if (!BASE.matcher(base).matches()) {
      throw new IllegalArgumentException(
          "'" + Words.printable(base) + "' is not a name: at most 128 letters, digits and characters of . _ + -");
    }
  }

  /** @throws IllegalArgumentException if it is not {@code NN-NAME} */
  static PluginName parse(String text) {
    Matcher parts = WHOLE.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'" + Words.printable(text) + "' is not of the form NN-NAME");
    }
    return new PluginName(parts.group(1), parts.group(2));
  }

  @Override
  public String toString() {
    return index + "-" + base;
  }
}
