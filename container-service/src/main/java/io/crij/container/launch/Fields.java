package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.core.Printable;

/** Checks of fields that a client sent; the messages name the field. */
final class Fields {
  /** What openat2(2) and PROTOCOL.md take as a path, in bytes; a character may be one. */
  private static final int LONGEST_PATH = 4095;

  private Fields() {}

  static CriException invalid(String field, String why) {
    return CriException.invalid(field + ": " + why + ".");
  }

  /** Refuses text with a NUL, which would end early in the kernel. */
  static void text(String field, String value) {
    if (value.indexOf('\0') >= 0) {
      throw invalid(field, "'" + Printable.of(value) + "' holds a NUL byte");
    }
  }

  /** An absolute path without {@code ..}, in its plain form: no empty or {@code .} parts, no slash at the end. */
  static String absolutePath(String field, String path) {
    text(field, path);
    if (!path.startsWith("/")) {
      throw invalid(field, "'" + Printable.of(path) + "' is not an absolute path");
    }
    if (path.length() > LONGEST_PATH) {
      throw invalid(field, "a path of " + path.length() + " characters is longer than " + LONGEST_PATH);
    }
    StringBuilder plain = new StringBuilder(path.length());
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        throw invalid(field, "'" + Printable.of(path) + "' has a '..' in it");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        plain.append('/').append(part);
      }
    }
    return plain.isEmpty() ? "/" : plain.toString();
  }

  /** How many parts a plain absolute path has. */
  static int depth(String plainPath) {
    return plainPath.equals("/") ? 0 : (int) plainPath.chars().filter(c -> c == '/').count();
  }

  /** True if {@code path} is {@code folder} or below it; both plain. */
  static boolean isAtOrBelow(String path, String folder) {
    return folder.equals("/") || path.equals(folder) || path.startsWith(folder + "/");
  }
}
