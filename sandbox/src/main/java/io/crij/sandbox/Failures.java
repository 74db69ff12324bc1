package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import java.io.IOException;

/** What went wrong below, in words for a client. */
final class Failures {
  private Failures() {}

  /** One clause or sentence without a full stop. */
  static String reason(Exception failure) {
    String message = failure.getMessage();
    String text = message == null || message.isBlank() ? failure.getClass().getSimpleName() : message.strip();
    if (failure instanceof IOException && !(text.contains(" "))) {
      // The JDK's file exceptions carry the path only.
      text = failure.getClass().getSimpleName() + " on " + text;
    }
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  /** A failure that says for itself what it is about stays as it is; others get {@code what} in front. */
  static CriException of(String what, Exception failure) {
    if (failure instanceof CriException known) {
      return known;
    }
    if (failure instanceof LaunchFailure || failure instanceof MonitorGone || failure instanceof IOException) {
      return CriException.internal(what + ": " + reason(failure) + ".", failure);
    }
    return CriException.internal(what + " because of a fault in the runtime; the daemon's log has the details.", failure);
  }
}
