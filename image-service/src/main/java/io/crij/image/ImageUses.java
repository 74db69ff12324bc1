package io.crij.image;

import io.crij.core.ObjectId;
import java.util.List;

/**
 * Who stands on which layers. RemoveImage takes an image's names and record at once; its layers stay on disk until the last
 * user is gone, so a container never loses its files.
 */
public interface ImageUses {
  /**
   * Resolves the image and marks its layers as used by {@code user}, in one step: a RemoveImage in between is impossible. A user
   * may stand on more than one image.
   *
   * @throws io.crij.core.CriException NOT_FOUND if no such image is on the node
   */
  LocalImage acquire(ObjectId user, String reference);

  /**
   * Checks the image against the policy of a pod's namespace, as it is now.
   *
   * @param namespace the pod's, empty if unknown
   * @param userSpecified the image's name in the pod's specification, empty if unknown
   * @throws io.crij.core.CriException UNKNOWN with a message that starts with {@code SignatureValidationFailed}
   */
  void checkTrust(LocalImage image, String namespace, String userSpecified);

  /** After a restart of the daemon: the user still stands on these layers (its record's copy of {@code lowerNames}). */
  void adopt(ObjectId user, List<String> lowerNames);

  /** The user is gone; layers that nothing refers to any more are deleted before this returns. Idempotent. */
  void release(ObjectId user);
}
