package io.crij.daemon.rpc;

import io.crij.core.Journal;
import io.grpc.Context;
import org.jspecify.annotations.Nullable;

/**
 * What a traced call is done under.
 *
 * @param header its place as a {@code traceparent}
 * @param parts hears of what is done for it and stands in no journal
 */
record CallTrace(String header, Journal.Parts parts) {
  static final Context.Key<CallTrace> KEY = Context.key("trace");

  /** Null for a call that is not traced. */
  static @Nullable CallTrace current() {
    return KEY.get();
  }
}
