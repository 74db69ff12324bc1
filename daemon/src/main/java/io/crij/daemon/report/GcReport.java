package io.crij.daemon.report;

import java.util.List;

/**
 * What nobody needs on the disk, and what kubelet could have removed.
 *
 * @param removed whether the leftovers were removed by this call
 * @param leftovers what neither an image nor a container nor a pull needs: the daemon removes it by itself
 * @param kept of the leftovers what could not be removed, for which its log has the reasons; empty if none was to be
 * @param images those that could go first, the largest of them at the top: a runtime removes none by itself
 */
public record GcReport(boolean removed, List<Leftover> leftovers, List<Leftover> kept, List<ImageRow> images) {
  /** @param why nobody needs it */
  public record Leftover(String what, String path, String why) {}

  /** @param why it stays, or that it could go */
  public record ImageRow(String name, String id, long bytes, boolean couldGo, String why) {}
}
