package io.crij.image;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes from the disk what no image, container or pull needs: what a killed daemon, a power cut or a failed removal left, and what was
 * kept for pulls that never came again. It reads the names in seven folders and looks into no tree, so it may run often; a removal
 * of an image does its own part at once and does not wait for this.
 */
public final class StoreReconciler {
  private static final Logger log = LoggerFactory.getLogger(StoreReconciler.class);

  /** How long something may lie about after it could go. */
  static final Duration PERIOD = Duration.ofMinutes(10);

  private final Catalogue catalogue;
  private final Map<StoreOrphan.Kind, Long> removed = new EnumMap<>(StoreOrphan.Kind.class);
  private final Map<StoreOrphan.Kind, Long> failures = new EnumMap<>(StoreOrphan.Kind.class);

  StoreReconciler(Catalogue catalogue) {
    this.catalogue = catalogue;
    for (StoreOrphan.Kind kind : StoreOrphan.Kind.values()) {
      removed.put(kind, 0L);
      failures.put(kind, 0L);
    }
  }

  /** What {@link #run} would take away now, and why. */
  public List<StoreOrphan> find() throws IOException {
    return catalogue.orphans();
  }

  /**
   * Takes away what nobody needs, and logs each.
   *
   * @return what is gone
   */
  public List<StoreOrphan> run() throws IOException {
    List<StoreOrphan> gone = new ArrayList<>();
    List<StoreOrphan> found = find();
    Set<String> layers = found.isEmpty() ? Set.of() : catalogue.collect();
    for (StoreOrphan orphan : found) {
      try {
        if (remove(orphan, layers)) {
          gone.add(orphan);
          count(removed, orphan);
          log.info("removed {}: {}", orphan.path(), orphan.why());
        }
      } catch (IOException e) {
        count(failures, orphan);
        log.warn("{} is needed by nobody and cannot be removed: {}", orphan.path(), e.getMessage());
      }
    }
    return gone;
  }

  /** How many of each kind were taken away since the daemon started. */
  public Map<StoreOrphan.Kind, Long> removed() {
    return copy(removed);
  }

  /** How often one of each kind could not be taken away since the daemon started. */
  public Map<StoreOrphan.Kind, Long> failures() {
    return copy(failures);
  }

  private static Map<StoreOrphan.Kind, Long> copy(Map<StoreOrphan.Kind, Long> sums) {
    synchronized (sums) {
      return new EnumMap<>(sums);
    }
  }

  private static void count(Map<StoreOrphan.Kind, Long> sums, StoreOrphan orphan) {
    synchronized (sums) {
      sums.merge(orphan.kind(), 1L, Long::sum);
    }
  }

  private boolean remove(StoreOrphan orphan, Set<String> layers) throws IOException {
    return switch (orphan.kind()) {
      case LAYER -> layers.contains(String.valueOf(orphan.path().getFileName()));
      case FILE -> Files.deleteIfExists(orphan.path());
      case PARTIAL_BLOB -> catalogue.partialBlobs().delete(orphan.path());
      case SCRATCH -> {
        catalogue.discard(List.of(orphan.path()));
        yield Files.notExists(orphan.path());
      }
    };
  }

  /** Runs now and every {@link #PERIOD}, until the thread is interrupted. */
  void runForEver(Runnable after) {
    while (true) {
      try {
        run();
        after.run();
      } catch (IOException | RuntimeException e) {
        log.warn("what nobody needs in the image folder stays for now: {}", e.toString());
      }
      try {
        Thread.sleep(PERIOD);
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
