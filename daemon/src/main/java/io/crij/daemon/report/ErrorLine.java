package io.crij.daemon.report;

import io.crij.daemon.rpc.Calls;

/**
 * A failure that a client was told.
 *
 * @param first when it was seen first, ISO 8601 like {@code last}
 * @param times how often, with the same words
 * @param code of gRPC
 */
public record ErrorLine(String first, String last, long times, String rpc, String code, String message) {
  static ErrorLine of(Calls.Failure failure) {
    return new ErrorLine(
        failure.first().toString(), failure.last().toString(), failure.times(), failure.what().rpc(), failure.code(), failure.what().message());
  }
}
