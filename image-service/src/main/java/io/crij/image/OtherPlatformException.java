package io.crij.image;

import io.crij.image.content.HostileContentException;

/** An image is well, but for other machines. */
final class OtherPlatformException extends HostileContentException {
  private static final long serialVersionUID = 1;

  OtherPlatformException(String why) {
    super(why);
  }
}
