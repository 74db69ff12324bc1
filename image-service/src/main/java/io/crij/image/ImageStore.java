package io.crij.image;

import io.crij.image.registry.Registries;
import io.crij.image.trust.ImageTrust;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of one root folder and the operations on them. One daemon owns a root folder; its lock is the daemon's affair. */
public final class ImageStore {
  private static final Logger log = LoggerFactory.getLogger(ImageStore.class);

  private final Catalogue catalogue;
  private final NodeImages images;
  private final PullImage pullImage;
  private final ImageStatus imageStatus;
  private final ListImages listImages;
  private final RemoveImage removeImage;
  private final ImageFsInfo imageFsInfo;
  private final VerifyImage verifyImage;
  private final StoreReconciler reconciler;
  private final SaveImages saveImages;
  private final LoadImages loadImages;

  private ImageStore(Catalogue catalogue, ImageSettings settings) {
    this.catalogue = catalogue;
    Registries registries = new Registries(settings.registries());
    ImageTrust trust = new ImageTrust(settings.trust(), catalogue.imagesDir().resolve("signatures"));
    this.images = new NodeImages(catalogue, registries, trust);
    this.pullImage = new PullImage(catalogue, settings, registries, trust);
    PinnedImages pinned = new PinnedImages(settings.pinned());
    this.imageStatus = new ImageStatus(images, pinned);
    this.listImages = new ListImages(catalogue, pinned);
    this.removeImage = new RemoveImage(catalogue, images);
    this.imageFsInfo = new ImageFsInfo(catalogue);
    this.verifyImage = new VerifyImage(catalogue, pullImage);
    this.reconciler = new StoreReconciler(catalogue);
    this.saveImages = new SaveImages(catalogue, images);
    this.loadImages = new LoadImages(catalogue, trust, settings.limits(), pullImage.traffic().chunks());
  }

  /** Opens the store below {@code imagesDir} (made if missing). What a killed daemon left unfinished goes with {@link #reconcile}. */
  public static ImageStore open(Path imagesDir, ImageSettings settings) throws IOException {
    return open(imagesDir, settings, Clock.systemUTC());
  }

  static ImageStore open(Path imagesDir, ImageSettings settings, Clock clock) throws IOException {
    return new ImageStore(Catalogue.open(imagesDir.toAbsolutePath(), clock), settings);
  }

  public Images images() {
    return images;
  }

  public ImageUses uses() {
    return images;
  }

  /**
   * Begins to take away what nothing refers to, now and every ten minutes: to be called once at start, after every container that still
   * stands on layers was {@linkplain ImageUses#adopt adopted}. It is done behind the caller, who is not to wait for large trees.
   */
  public void reconcile() {
    Thread.ofPlatform().daemon().name("image-reconcile").start(() -> reconciler.runForEver(images::forgetSignatures));
  }

  public StoreReconciler reconciler() {
    return reconciler;
  }

  /** Waits until the disk has what was pulled, for at most {@code patience}: what it lacks then is noted and checked if the power goes. */
  public void confirm(Duration patience) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("confirm-layers")
            .start(
                () -> {
                  try {
                    catalogue.confirm();
                  } catch (IOException e) {
                    log.warn("the disk did not take the layers of the latest pulls: {}", e.getMessage());
                  }
                });
    try {
      thread.join(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public PullImage pullImage() {
    return pullImage;
  }

  public ImageStatus imageStatus() {
    return imageStatus;
  }

  public ListImages listImages() {
    return listImages;
  }

  public RemoveImage removeImage() {
    return removeImage;
  }

  public VerifyImage verifyImage() {
    return verifyImage;
  }

  public SaveImages saveImages() {
    return saveImages;
  }

  public LoadImages loadImages() {
    return loadImages;
  }

  public ImageFsInfo imageFsInfo() {
    return imageFsInfo;
  }
}
