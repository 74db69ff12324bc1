package io.crij.daemon.rpc;

import com.google.protobuf.MessageLite;
import java.util.List;
import java.util.function.Consumer;

/**
 * Cuts a list into parts for a call that streams it: each item once, in order, at least one in a part, and no part larger than
 * a client takes. An empty list has no part.
 */
final class Parts {
  /** As many as containerd sends in one message. */
  private static final int ITEMS = 5000;

  /** Far below the 16 MiB that clients take; one item alone may be larger. */
  private static final int BYTES = 1 << 20;

  private Parts() {}

  static <T extends MessageLite> void each(List<T> items, Consumer<List<T>> part) {
    int start = 0;
    int bytes = 0;
    for (int i = 0; i < items.size(); i++) {
      int size = items.get(i).getSerializedSize();
      if (i > start && (bytes + size > BYTES || i - start == ITEMS)) {
        part.accept(items.subList(start, i));
        start = i;
        bytes = 0;
      }
      bytes += size;
    }
    if (start < items.size()) {
      part.accept(items.subList(start, items.size()));
    }
  }
}
