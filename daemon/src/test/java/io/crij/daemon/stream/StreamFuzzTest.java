package io.crij.daemon.stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.crij.daemon.stream.session.SizesTarget;

/**
 * The targets of {@link StreamMutationTest} for Jazzer, which follows coverage: {@code JAZZER_FUZZ=1 ./dev test daemon
 * StreamFuzzTest#spdy}. Without that variable each method runs once on what was found before and on no bytes at all.
 */
class StreamFuzzTest {
  static {
    // Jazzer watches Unsafe, and fails on the way in which Netty's pools use it.
    System.setProperty("io.netty.noUnsafe", "true");
    System.setProperty("io.netty.allocator.type", "unpooled");
  }

  @FuzzTest(maxDuration = "60s")
  void spdy(byte[] bytes) {
    StreamTargets.spdy(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void tunnel(byte[] bytes) {
    StreamTargets.tunnel(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void command(byte[] bytes) {
    StreamTargets.command(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void channels(byte[] bytes) {
    StreamTargets.channels(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void sizes(byte[] bytes) {
    SizesTarget.run(bytes);
  }
}
