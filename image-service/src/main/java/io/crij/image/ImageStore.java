package io.crij.image;

import java.io.IOException;
import java.nio.file.Path;

/** The images of one root folder and the operations on them. One daemon owns a root folder; its lock is the daemon's affair. */
public final class ImageStore {
  private final Catalogue catalogue;
  private final PullImage pullImage;
  private final ImageStatus imageStatus;
  private final ListImages listImages;
  private final RemoveImage removeImage;
  private final ImageFsInfo imageFsInfo;

  private ImageStore(Catalogue catalogue, ImageSettings settings) {
    this.catalogue = catalogue;
    this.pullImage = new PullImage(catalogue, settings);
    this.imageStatus = new ImageStatus(catalogue);
    this.listImages = new ListImages(catalogue);
    this.removeImage = new RemoveImage(catalogue);
    this.imageFsInfo = new ImageFsInfo(catalogue);
  }

  /** Opens the store below {@code imagesDir} (made if missing) and clears away what a killed daemon left unfinished. */
  public static ImageStore open(Path imagesDir, ImageSettings settings) throws IOException {
    return new ImageStore(Catalogue.open(imagesDir.toAbsolutePath()), settings);
  }

  public Images images() {
    return catalogue;
  }

  public ImageUses uses() {
    return catalogue;
  }

  /**
   * Deletes the layers that nothing refers to: to be called once at start, after every container that still stands on layers
   * was {@linkplain ImageUses#adopt adopted}. Later calls of the store do it by themselves.
   */
  public void collect() {
    catalogue.collect();
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

  public ImageFsInfo imageFsInfo() {
    return imageFsInfo;
  }
}
