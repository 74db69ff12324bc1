package io.crij.helper;

import io.crij.core.ObjectId;
import org.jspecify.annotations.Nullable;

/** The pod's monitor is not there any more; by decision its pod is lost with it. */
public final class MonitorGone extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MonitorGone(ObjectId pod, @Nullable Throwable cause) {
    super("the monitor of pod " + pod.shortHex() + " is gone", cause);
  }
}
