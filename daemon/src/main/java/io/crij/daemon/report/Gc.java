package io.crij.daemon.report;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.Container;
import io.crij.cri.Image;
import io.crij.cri.ListContainersRequest;
import io.crij.cri.ListImagesRequest;
import io.crij.daemon.rpc.ImageOperations;
import io.crij.daemon.rpc.RuntimeOperations;
import io.crij.image.StoreOrphan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells what could go from the disk and why the rest stays; removes leftovers if wanted. */
public final class Gc {
  private final RuntimeOperations runtime;
  private final ImageOperations images;
  private final Leftovers find;
  private final Leftovers remove;

  /** What there is in the image folder that nobody needs. */
  @FunctionalInterface
  public interface Leftovers {
    List<StoreOrphan> all() throws IOException;
  }

  /** @param remove also takes them away, and answers what is gone */
  public Gc(RuntimeOperations runtime, ImageOperations images, Leftovers find, Leftovers remove) {
    this.runtime = runtime;
    this.images = images;
    this.find = find;
    this.remove = remove;
  }

  /** @param how {@code explain} or {@code run} */
  public GcReport of(String how) throws Exception {
    boolean run = how.equals("run");
    if (!run && !how.equals("explain")) {
      throw CriException.invalid("'" + Printable.of(how) + "' is neither 'explain' nor 'run'.");
    }
    List<GcReport.Leftover> leftovers = rows((run ? remove : find).all());
    // What still is there is told, or a removal that failed would look like a folder without leftovers.
    return new GcReport(run, leftovers, run ? rows(find.all()) : List.of(), images());
  }

  private static List<GcReport.Leftover> rows(List<StoreOrphan> orphans) {
    return orphans.stream()
        .map(each -> new GcReport.Leftover(each.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '), each.path().toString(), each.why()))
        .toList();
  }

  private List<GcReport.ImageRow> images() throws Exception {
    Map<String, List<String>> users = new HashMap<>();
    for (Container container : runtime.containers().list().run(ListContainersRequest.getDefaultInstance()).getContainersList()) {
      users.computeIfAbsent(container.getImageId(), id -> new ArrayList<>()).add(container.getMetadata().getName());
    }
    return images.list().run(ListImagesRequest.getDefaultInstance()).getImagesList().stream()
        .map(image -> row(image, users.getOrDefault(image.getId(), List.of())))
        .sorted(Comparator.comparing(GcReport.ImageRow::couldGo).reversed().thenComparing(Comparator.comparingLong(GcReport.ImageRow::bytes).reversed()))
        .toList();
  }

  private static GcReport.ImageRow row(Image image, List<String> containers) {
    String name = image.getRepoTagsCount() > 0 ? image.getRepoTags(0) : image.getRepoDigestsCount() > 0 ? image.getRepoDigests(0) : image.getId();
    boolean couldGo = containers.isEmpty() && !image.getPinned();
    String why =
        !containers.isEmpty()
            ? "used by " + containers.size() + (containers.size() == 1 ? " container: " : " containers: ") + containers.getFirst() + (containers.size() > 1 ? ", …" : "")
            : image.getPinned() ? "pinned by the configuration" : "no container uses it: kubelet removes it when the disk is fuller than its threshold";
    return new GcReport.ImageRow(name, image.getId(), image.getSize(), couldGo, why);
  }
}
