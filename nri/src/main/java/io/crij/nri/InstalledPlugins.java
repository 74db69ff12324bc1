package io.crij.nri;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The programs of the plugin folder. */
final class InstalledPlugins {
  private static final Logger LOG = LoggerFactory.getLogger(InstalledPlugins.class);

  /** What a person writes is far below it, and it has to fit into a message. */
  private static final long CONFIGURATION_BYTES = 1 << 20;

  /** One program with its configuration, maybe empty. */
  record Installed(Path program, PluginName name, String configuration) {}

  private InstalledPlugins() {}

  /** In the order of their names; what cannot be one is logged and left out. A folder that is not there has none. */
  static List<Installed> in(NriSettings settings) {
    List<Installed> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(settings.pluginFolder())) {
      for (Path file : files) {
        if (Files.isRegularFile(file) && Files.isExecutable(file)) {
          add(found, file, settings.configFolder());
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      LOG.error("No NRI plugin is started: the folder {} cannot be read: {}", settings.pluginFolder(), e.getMessage());
    }
    found.sort(Comparator.comparing(plugin -> plugin.name().toString()));
    return found;
  }

  private static void add(List<Installed> found, Path file, Path configFolder) {
    try {
      PluginName name = PluginName.parse(String.valueOf(file.getFileName()));
      found.add(new Installed(file, name, configuration(name, configFolder)));
    } catch (IllegalArgumentException e) {
      LOG.error("{} is not started as an NRI plugin: {}", file, e.getMessage());
    } catch (IOException e) {
      LOG.error("NRI plugin {} is not started: its configuration cannot be read: {}", file, e.getMessage());
    }
  }

  private static String configuration(PluginName name, Path folder) throws IOException {
    for (String file : List.of(name + ".conf", name.base() + ".conf")) {
      Path path = folder.resolve(file);
      if (Files.exists(path)) {
        if (Files.size(path) > CONFIGURATION_BYTES) {
          throw new IOException(path + " is longer than " + CONFIGURATION_BYTES + " bytes");
        }
        return Files.readString(path);
      }
    }
    return "";
  }
}
