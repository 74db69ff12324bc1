package io.crij.daemon.stream.session;

import io.crij.daemon.stream.wire.ClientStream;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The streams of an exec or attach; null for each that was not asked for. The error stream carries the result. */
public record CommandStreams(
    @Nullable ClientStream stdin,
    @Nullable ClientStream stdout,
    @Nullable ClientStream stderr,
    ClientStream error,
    @Nullable ClientStream resize) {
  /** Nothing more is read or written. What was not read is dropped here: a stream that has ended both ways is known to nobody else. */
  void finishAll() {
    Stream.of(stdin, stdout, stderr, resize, error)
        .filter(Objects::nonNull)
        .forEach(
            stream -> {
              stream.ignoreInput();
              stream.finish();
            });
  }
}
