package io.crij.container.stats;

import io.crij.core.ObjectId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much containers wrote. Counting walks a whole tree, so no call does it: a call gets the last count, and one that is too
 * old is counted anew behind it, on two threads for the whole node. Nothing is counted while nobody asks, and a large tree
 * seldom enough that counting it takes a twentieth of one thread at most.
 */
public final class WritableLayers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WritableLayers.class);
  private static final int THREADS = 2;
  private static final int REST = 19;

  private final Duration period;
  private final Clock clock;
  private final ThreadPoolExecutor threads;
  private final Map<ObjectId, Layer> layers = new ConcurrentHashMap<>();

  /** @param period how old a count gets before it is renewed */
  public WritableLayers(Duration period, Clock clock) {
    this.period = period;
    this.clock = clock;
    this.threads =
        new ThreadPoolExecutor(
            THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("layers-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  private static final class Layer {
    private final CountDownLatch counted = new CountDownLatch(1);
    private volatile @Nullable LayerUse last;
    private boolean underWay;
    private boolean warned;
    private long dueAtNanos = Long.MIN_VALUE;
  }

  /** The last count; empty if there was none yet. */
  Optional<LayerUse> last(ObjectId container) {
    Layer layer = layers.get(container);
    return layer == null ? Optional.empty() : Optional.ofNullable(layer.last);
  }

  /**
   * Has the layers counted whose counts are too old, and waits for those that were never counted, all together for
   * {@code firstCount} at most.
   */
  void refresh(Collection<MeasuredContainer> containers, Duration firstCount) {
    List<Layer> fresh = new ArrayList<>();
    for (MeasuredContainer container : containers) {
      Layer layer = layers.computeIfAbsent(container.id(), id -> new Layer());
      begin(layer, container);
      if (layer.last == null) {
        fresh.add(layer);
      }
    }
    long end = System.nanoTime() + firstCount.toNanos();
    try {
      for (Layer layer : fresh) {
        if (!layer.counted.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Forgets all others. */
  void keep(Set<ObjectId> containers) {
    layers.keySet().retainAll(containers);
  }

  private void begin(Layer layer, MeasuredContainer container) {
    long now = clock.millis() * 1_000_000;
    synchronized (layer) {
      if (layer.underWay || now < layer.dueAtNanos) {
        return;
      }
      layer.underWay = true;
    }
    threads.execute(() -> count(layer, container));
  }

  private void count(Layer layer, MeasuredContainer container) {
    long began = System.nanoTime();
    try {
      LayerWalk.Found found = LayerWalk.count(container.writable());
      if (found.inodes() == 0) {
        return; // it was removed
      }
      layer.last = new LayerUse(found.bytes(), found.inodes(), clock.millis() * 1_000_000);
      if (!found.complete() && !layer.warned) {
        layer.warned = true;
        LOG.warn("Container {} wrote folders more than {} levels deep; what is in them is not counted", container.id(), LayerWalk.DEEPEST);
      }
    } catch (IOException e) {
      LOG.debug("What container {} wrote cannot be counted: {}", container.id(), e.getMessage());
    } finally {
      long took = System.nanoTime() - began;
      synchronized (layer) {
        layer.underWay = false;
        layer.dueAtNanos = clock.millis() * 1_000_000 + Math.max(period.toNanos(), REST * took);
      }
      layer.counted.countDown();
    }
  }

  /** The folder that the filesystem of {@code path} is mounted on, which is how kubelet knows it. */
  static String mountPoint(Path path) {
    try {
      Path at = path.toRealPath();
      Object device = Files.getAttribute(at, "unix:dev");
      for (Path parent = at.getParent(); parent != null; parent = parent.getParent()) {
        if (!Files.getAttribute(parent, "unix:dev").equals(device)) {
          break;
        }
        at = parent;
      }
      return at.toString();
    } catch (IOException e) {
      LOG.warn("Where the filesystem of {} is mounted cannot be found out: {}", path, e.getMessage());
      return path.toString();
    }
  }

  /** The device that is mounted there, as {@code /dev/sda1}. */
  static String device(Path path) {
    try {
      return Files.getFileStore(path).name();
    } catch (IOException e) {
      LOG.warn("The device of the filesystem of {} cannot be found out: {}", path, e.getMessage());
      return "";
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
