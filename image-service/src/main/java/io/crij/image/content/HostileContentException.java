package io.crij.image.content;

import java.io.IOException;

/** Bytes from a registry are not what they must be: malformed, too large, or pointing where they may not. */
public class HostileContentException extends IOException {
  private static final long serialVersionUID = 1;

  /** @param why continues the sentence "the layer is refused because …" */
  public HostileContentException(String why) {
    super(why);
  }
}
