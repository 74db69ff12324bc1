package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import io.crij.image.content.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Paths inside an image. In memory they are strings in ISO-8859-1, one character per byte, without a leading slash: a name
 * need not be UTF-8, and this keeps each byte.
 */
final class Names {
  static final int PATH_MAX = 4096;

  private Names() {}

  /**
   * The components of an archive entry's path, empty for the root. A leading slash means the root of the layer.
   *
   * @throws HostileContentException if it holds {@code ..} or NUL or is too long
   */
  static List<String> components(byte[] path) throws HostileContentException {
    List<String> components = new ArrayList<>();
    for (String component : split(path)) {
      if (component.equals("..")) {
        throw new HostileContentException("its archive has the path '" + printable(path) + "', which leads out of the layer");
      }
      components.add(component);
    }
    return components;
  }

  /** Components without empty ones and {@code .}; {@code ..} is kept, as in the target of a symbolic link. */
  static List<String> split(byte[] path) throws HostileContentException {
    if (path.length >= PATH_MAX) {
      throw new HostileContentException("its archive has a path of " + path.length + " bytes; " + (PATH_MAX - 1) + " are allowed");
    }
    List<String> components = new ArrayList<>();
    for (String component : text(path).split("/", -1)) {
      if (component.indexOf('\0') >= 0) {
        throw new HostileContentException("its archive has a path with a NUL byte: '" + printable(path) + "'");
      }
      if (!component.isEmpty() && !component.equals(".")) {
        components.add(component);
      }
    }
    return components;
  }

  static String join(List<String> components) {
    return String.join("/", components);
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  static String child(String folder, String name) {
    return folder.isEmpty() ? name : folder + "/" + name;
  }

  static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] path) {
    return new String(path, StandardCharsets.ISO_8859_1);
  }

  static String printable(byte[] path) {
    return Reference.printable(new String(path, StandardCharsets.UTF_8));
  }
}
