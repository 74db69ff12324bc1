package io.crij.image;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Reference;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far one pull is, for whoever asks; and a line in the log when a server has fallen silent. */
final class PullMeter {
  static final Duration STALLED = Duration.ofSeconds(20);

  private static final Logger log = LoggerFactory.getLogger(PullMeter.class);

  private final Reference image;
  private final Instant started = Instant.now();
  private volatile List<LayerMeter> layers = List.of();
  private boolean stalled;

  PullMeter(Reference image) {
    this.image = image;
  }

  void layers(List<Descriptor> descriptors) {
    layers = descriptors.stream().map(LayerMeter::new).toList();
  }

  LayerMeter layer(int index) {
    return layers.get(index);
  }

  PullProgress now() {
    return new PullProgress(image.toString(), started, layers.stream().map(LayerMeter::now).toList());
  }

  /** Says once that layers stand still, and once that they move again. */
  void watch() {
    Duration longest = layers.stream().map(LayerMeter::silence).max(Duration::compareTo).orElse(Duration.ZERO);
    boolean stands = longest.compareTo(STALLED) > 0;
    if (stands && !stalled) {
      PullProgress now = now();
      log.warn("the pull of {} stands still: nothing came for {} s; {} of {} bytes are here", image, longest.toSeconds(), now.received(), now.size());
    } else if (!stands && stalled) {
      log.info("the pull of {} goes on", image);
    }
    stalled = stands;
  }
}
