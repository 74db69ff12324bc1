package io.crij.cgroups;

import io.crij.core.CriException;
import io.crij.core.Printable;

/**
 * One rule on the use of device nodes.
 *
 * @param type which kind of device
 * @param major the major number, or {@link #ANY}
 * @param minor the minor number, or {@link #ANY}
 * @param access a combination of {@code r}, {@code w} and {@code m} (mknod)
 * @param allow whether the access is granted or taken away
 */
public record DeviceRule(Type type, long major, long minor, String access, boolean allow) {
  /** Stands for every number. */
  public static final long ANY = -1;

  /** The kinds of device, by the letters of the version 1 files. */
  public enum Type {
    BLOCK('b'),
    CHARACTER('c'),
    ALL('a');

    final char letter;

    Type(char letter) {
      this.letter = letter;
    }
  }

  public DeviceRule {
    boolean letters = !access.isEmpty() && access.chars().allMatch(c -> "rwm".indexOf(c) >= 0);
    if (!letters || access.chars().distinct().count() != access.length()) {
      throw CriException.invalid("'" + Printable.plain(access) + "' is not a device access: letters of 'rwm', each once, are expected.");
    }
    if (major < ANY || major > 0xfff || minor < ANY || minor > 0xfffff) {
      throw CriException.invalid("Device " + major + ":" + minor + " does not exist: major numbers end at 4095, minor numbers at 1048575.");
    }
  }

  /** The line for {@code devices.allow} and {@code devices.deny}. */
  String v1Line() {
    return type == Type.ALL ? "a" : type.letter + " " + number(major) + ":" + number(minor) + " " + access;
  }

  private static String number(long value) {
    return value == ANY ? "*" : Long.toString(value);
  }
}
