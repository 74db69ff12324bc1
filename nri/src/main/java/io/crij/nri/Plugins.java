package io.crij.nri;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.nri.api.Event;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugins in the order of their index, and what is being made while they come and go. A pod or container that is being made
 * when a plugin comes is either among those that the plugin is told of at first, or its making is told as an event: never
 * neither.
 */
final class Plugins {
  private static final Logger LOG = LoggerFactory.getLogger(Plugins.class);

  /** What the plugins of today's nodes need a tenth of; each costs three threads. */
  private static final int MOST = 64;

  /** What was in the making when a plugin came. */
  record InTheMaking(List<AboutPod> pods, List<AboutContainer> containers) {}

  private final NriSettings settings;
  private final Object lock = new Object();

  /** Guarded by {@link #lock}, as is all below. */
  private final List<Plugin> all = new ArrayList<>();

  private final Map<String, AboutPod> podsInTheMaking = new LinkedHashMap<>();
  private final Map<String, AboutContainer> containersInTheMaking = new LinkedHashMap<>();

  /** Plugins that failed and whose failure is everyone's, until they are back. */
  private final Set<PluginName> missed = new HashSet<>();

  Plugins(NriSettings settings) {
    this.settings = settings;
  }

  /**
   * Adds a plugin, from here on part of every event; those wait until it is synchronized.
   *
   * @return what no event will tell it of, beside what can be seen already
   * @throws CriException RESOURCE_EXHAUSTED if there are too many
   */
  InTheMaking join(Plugin plugin) {
    synchronized (lock) {
      if (all.size() >= MOST) {
        throw new CriException(ErrorCode.RESOURCE_EXHAUSTED, "There are " + MOST + " NRI plugins already, and no more are taken.");
      }
      all.add(plugin);
      all.sort(Comparator.comparing((Plugin each) -> each.name().index()));
      missed.remove(plugin.name());
      return new InTheMaking(List.copyOf(podsInTheMaking.values()), List.copyOf(containersInTheMaking.values()));
    }
  }

  /** The plugin ended between two calls, by itself. */
  void leave(Plugin plugin) {
    synchronized (lock) {
      all.remove(plugin);
    }
    plugin.drop();
  }

  /** The plugin failed in a call. */
  void failed(Plugin plugin) {
    synchronized (lock) {
      all.remove(plugin);
      if (plugin.onFailure() == NriSettings.OnFailure.FAIL) {
        missed.add(plugin.name());
      }
    }
    plugin.drop();
  }

  List<Plugin> making(AboutPod pod) {
    synchronized (lock) {
      podsInTheMaking.put(pod.id(), pod);
      return wanting(Event.RUN_POD_SANDBOX);
    }
  }

  void podMade(String id) {
    synchronized (lock) {
      podsInTheMaking.remove(id);
    }
  }

  List<Plugin> making(AboutContainer container) {
    synchronized (lock) {
      containersInTheMaking.put(container.id(), container);
      return wanting(Event.CREATE_CONTAINER);
    }
  }

  void containerMade(String id) {
    synchronized (lock) {
      containersInTheMaking.remove(id);
    }
  }

  List<Plugin> wanting(Event event) {
    synchronized (lock) {
      return all.stream().filter(plugin -> plugin.wants(event)).toList();
    }
  }

  List<Plugin> all() {
    synchronized (lock) {
      return List.copyOf(all);
    }
  }

  /**
   * For what may not happen without a plugin that has to be there.
   *
   * @throws CriException UNAVAILABLE, naming the plugin
   */
  void requireAll() {
    synchronized (lock) {
      missed.stream().findFirst().ifPresent(Plugins::refuse);
      for (NriSettings.Rule rule : settings.rules()) {
        if (rule.onFailure() == NriSettings.OnFailure.FAIL && all.stream().noneMatch(plugin -> rule.names(plugin.name()))) {
          refuse(rule.plugin());
        }
      }
    }
  }

  private static void refuse(Object plugin) {
    throw new CriException(
        ErrorCode.UNAVAILABLE,
        "NRI plugin " + plugin + " is not connected, and nothing new may be made without it (on_failure = \"fail\"); start it again.");
  }

  /** For the end of the daemon. */
  void dropAll() {
    for (Plugin plugin : all()) {
      LOG.debug("NRI plugin {} is let go", plugin);
      leave(plugin);
    }
  }
}
