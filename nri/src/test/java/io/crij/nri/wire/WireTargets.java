package io.crij.nri.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Feeds bytes of a stranger to the decoders. Whatever they are, only a broken protocol may come out. */
public final class WireTargets {
  private record Seen(int connection, int stream, TtrpcFrame.Type type, ByteBuffer body) {}

  private WireTargets() {}

  /** The same comes out however the bytes arrive. */
  public static void trunk(byte[] bytes) {
    List<Seen> whole = decode(bytes, bytes.length);
    for (int piece : new int[] {1, 7, 19}) {
      assertThat(decode(bytes, piece)).isEqualTo(whole);
    }
  }

  /** What comes out before the protocol is broken. */
  private static List<Seen> decode(byte[] bytes, int piece) {
    List<Seen> seen = new ArrayList<>();
    Map<Integer, TtrpcDecoder> decoders = new HashMap<>();
    TrunkDecoder trunk =
        new TrunkDecoder(
            (connection, part) -> {
              for (TtrpcFrame frame : decoders.computeIfAbsent(connection, n -> new TtrpcDecoder()).feed(part)) {
                seen.add(new Seen(connection, frame.stream(), frame.type(), ByteBuffer.wrap(frame.body())));
              }
            });
    try {
      for (int from = 0; from < bytes.length; from += piece) {
        trunk.feed(ByteBuffer.wrap(bytes, from, Math.min(piece, bytes.length - from)));
      }
    } catch (BrokenProtocol broken) {
      // What a plugin is dropped for. Messages that the same piece completed before are lost with it.
      return List.of();
    }
    return seen;
  }
}
