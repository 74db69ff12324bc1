package io.crij.daemon.metrics;

import io.crij.cri.FilesystemUsage;
import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ListImagesRequest;
import io.crij.daemon.rpc.ImageOperations;
import io.crij.image.StoreOrphan;
import io.crij.image.StoreReconciler;
import io.crij.image.registry.ServerTraffic;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** What pulls had to do with each server (registries, mirrors, and where these send us), and what there is of images. */
public final class ImageMetrics {
  private ImageMetrics() {}

  /**
   * What each server was asked and sent.
   *
   * @param servers bounded in number, and with sums that only grow
   */
  public static void addTo(Metrics metrics, Supplier<List<ServerTraffic>> servers) {
    metrics.counters("crij_registry_requests_total", "Requests to a server of images.", "server", () -> sums(servers, ServerTraffic::requests));
    metrics.counters(
        "crij_registry_failures_total", "Requests without an answer, or with one of 500 and above.", "server", () -> sums(servers, ServerTraffic::failures));
    metrics.counters("crij_registry_throttled_total", "Answers of 429: too many requests.", "server", () -> sums(servers, ServerTraffic::throttled));
    metrics.counters("crij_registry_bytes_total", "Bytes that a server sent.", "server", () -> sums(servers, ServerTraffic::bytes));
  }

  /** What the daemon takes out of the image folder by itself. */
  public static void addTo(Metrics metrics, StoreReconciler reconciler) {
    metrics.counters(
        "crij_image_gc_removed_total",
        "Leftovers in the image folder that were removed.",
        "kind",
        () -> words(reconciler.removed()));
    metrics.counters(
        "crij_image_gc_failures_total", "Leftovers that could not be removed, each time.", "kind", () -> words(reconciler.failures()));
  }

  private static Map<String, Long> words(Map<StoreOrphan.Kind, Long> sums) {
    Map<String, Long> words = new TreeMap<>();
    sums.forEach((kind, count) -> words.put(kind.name().toLowerCase(Locale.ROOT), count));
    return words;
  }

  /** What the image folder holds. */
  public static void addTo(Metrics metrics, ImageOperations images) {
    metrics.gauge("crij_images", "Images.", () -> NodeMetrics.answer(images.list(), ListImagesRequest.getDefaultInstance()).getImagesCount());
    metrics.gauge("crij_image_store_bytes", "What images take on the disk, each shared layer once.", () -> use(images).getUsedBytes().getValue());
    metrics.gauge("crij_image_store_inodes", "The files and folders of images, each shared layer once.", () -> use(images).getInodesUsed().getValue());
  }

  private static FilesystemUsage use(ImageOperations images) {
    return NodeMetrics.answer(images.fsInfo(), ImageFsInfoRequest.getDefaultInstance()).getImageFilesystems(0);
  }

  private static Map<String, Long> sums(Supplier<List<ServerTraffic>> servers, ToLongFunction<ServerTraffic> what) {
    Map<String, Long> sums = new TreeMap<>();
    servers.get().forEach(server -> sums.put(server.server(), what.applyAsLong(server)));
    return sums;
  }
}
