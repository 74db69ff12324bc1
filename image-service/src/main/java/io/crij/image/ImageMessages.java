package io.crij.image;

import io.crij.cri.Image;
import io.crij.cri.Int64Value;

/** Images in the words of the CRI. */
final class ImageMessages {
  private ImageMessages() {}

  /**
   * The message of an image. User id and user name exclude each other: a number in the image's USER is the id, any other
   * text the name, and an image without USER has neither.
   */
  static Image message(LocalImage image, PinnedImages pinned) {
    Image.Builder message =
        Image.newBuilder()
            .setId(image.id())
            .addAllRepoTags(image.repoTags())
            .addAllRepoDigests(image.repoDigests())
            .setSize(image.size())
            .setPinned(pinned.contains(image));
    String user = image.config().user();
    int colon = user.indexOf(':');
    String name = colon < 0 ? user : user.substring(0, colon);
    if (!name.isEmpty()) {
      if (isUid(name)) {
        message.setUid(Int64Value.newBuilder().setValue(Long.parseLong(name)));
      } else {
        message.setUsername(name);
      }
    }
    return message.build();
  }

  // A number too large for a user id must not turn into a name that some /etc/passwd maps to root: it stays a number, and
  // starting a container from it fails.
  private static boolean isUid(String name) {
    return name.length() <= 18 && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
