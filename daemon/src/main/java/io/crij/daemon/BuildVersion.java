package io.crij.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version that the build wrote into this program. */
public final class BuildVersion {
  private static final String VERSION = read();

  private BuildVersion() {}

  /** Semantic, as {@code 1.2.3}. */
  public static String text() {
    return VERSION;
  }

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new IllegalStateException("the build's version cannot be read", e);
    }
    String version = properties.getProperty("version");
    if (version == null) {
      throw new IllegalStateException("the program was built without its version");
    }
    return version;
  }
}
