package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.SourceNeeds;
import io.crij.sandbox.UserNamespaces;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mounts of a request, checked. */
public final class CriMounts {
  /**
   * One bind mount.
   *
   * @param field its name in the request, for messages
   * @param source absolute path of the host
   * @param target plain absolute path in the container, never {@code /}
   * @param attributes set on top of those that the source has
   * @param recursive whether the attributes hold for mounts below, too
   * @param mapped whether owners on disk are ids of the pod's user namespace
   */
  public record Bind(
      String field,
      String source,
      String target,
      Set<MountAttr> attributes,
      boolean recursive,
      Propagation propagation,
      SourceNeeds needs,
      boolean mapped) {
    public Bind {
      attributes = Set.copyOf(attributes);
    }
  }

  /**
   * An image to be mounted as a volume.
   *
   * @param field its name in the request, for messages
   * @param target plain absolute path in the container, never {@code /}
   * @param reference the image
   * @param subPath the part of its tree that is wanted, relative; empty for the whole
   * @param options attributes that are asked for besides read-only
   */
  public record AskedImage(String field, String target, String reference, String subPath, Set<MountAttr> options) {
    public AskedImage {
      options = Set.copyOf(options);
    }
  }

  private CriMounts() {}

  /**
   * The bind mounts, in the request's order.
   *
   * @param user how the pod's user namespace maps ids, null for the host's
   * @throws CriException INVALID_ARGUMENT, naming the field, for what contradicts itself
   */
  public static List<Bind> of(ContainerConfig config, @Nullable UserMapping user) {
    List<Bind> binds = new ArrayList<>();
    for (int i = 0; i < config.getMountsCount(); i++) {
      if (!isImage(config.getMounts(i))) {
        binds.add(bind(field(i), config.getMounts(i), user));
      }
    }
    return binds;
  }

  /**
   * The images, in the request's order.
   *
   * @throws CriException INVALID_ARGUMENT, naming the field
   */
  public static List<AskedImage> images(ContainerConfig config) {
    List<AskedImage> images = new ArrayList<>();
    for (int i = 0; i < config.getMountsCount(); i++) {
      if (isImage(config.getMounts(i))) {
        images.add(image(field(i), config.getMounts(i)));
      }
    }
    return images;
  }

  /** Whether this is a volume out of an image. */
  public static boolean isImage(Mount mount) {
    return mount.hasImage() && !mount.getImage().getImage().isEmpty();
  }

  private static String field(int index) {
    return "config.mounts[" + index + "]";
  }

  private static AskedImage image(String field, Mount mount) {
    if (!mount.getHostPath().isEmpty()) {
      throw Fields.invalid(field + ".host_path", "a mount is of an image or of a path of the host, not of both");
    }
    if (!mount.getReadonly()) {
      throw Fields.invalid(field + ".readonly", "an image is shared by all who use it, so it is mounted read-only; set readonly");
    }
    if (mount.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
      throw Fields.invalid(field + ".propagation", "nothing can be mounted below an image, so it needs PROPAGATION_PRIVATE");
    }
    String subPath = mount.getImageSubPath();
    if (!subPath.isEmpty()) {
      subPath = Fields.absolutePath(field + ".image_sub_path", subPath.startsWith("/") ? subPath : "/" + subPath).substring(1);
    }
    return new AskedImage(field, target(field, mount, ""), mount.getImage().getImage(), subPath, options(field, mount));
  }

  private static String target(String field, Mount mount, String source) {
    String target = Fields.absolutePath(field + ".container_path", mount.getContainerPath());
    if (target.equals("/")) {
      throw Fields.invalid(field + ".container_path", "nothing may be mounted over the root of a container");
    }
    ProcTargets.check(field + ".container_path", target, source);
    return target;
  }

  /** A mount with mappings shows what is on disk as its owners' in the pod; they can only be the pod's own. */
  private static boolean mapped(String field, Mount mount, @Nullable UserMapping user) {
    if (mount.getUidMappingsCount() == 0 && mount.getGidMappingsCount() == 0) {
      return false;
    }
    if (user == null) {
      throw Fields.invalid(field + ".uidMappings", "the pod has the user namespace of the host, in which owners are not mapped");
    }
    if (!UserNamespaces.mapping(field, mount.getUidMappingsList(), mount.getGidMappingsList()).equals(user)) {
      throw Fields.invalid(field + ".uidMappings", "they are not those of the pod's user namespace");
    }
    return true;
  }

  private static Bind bind(String field, Mount mount, @Nullable UserMapping user) {
    // image_sub_path means nothing here: kubelet sets it for every sub path of a pod that has an image volume among its volumes.
    boolean mapped = mapped(field, mount, user);
    if (mount.getHostPath().isEmpty()) {
      throw Fields.invalid(field + ".host_path", "it is empty, and the mount names no image");
    }
    String source = Fields.absolutePath(field + ".host_path", mount.getHostPath());
    String target = target(field, mount, source);
    Set<MountAttr> attributes = EnumSet.noneOf(MountAttr.class);
    if (mount.getReadonly()) {
      attributes.add(MountAttr.RDONLY);
    }
    attributes.addAll(options(field, mount));
    boolean recursive = mount.getRecursiveReadOnly();
    if (recursive && !mount.getReadonly()) {
      throw Fields.invalid(field + ".recursive_read_only", "it needs readonly beside it");
    }
    return switch (mount.getPropagation()) {
      case PROPAGATION_PRIVATE ->
          new Bind(field, source, target, attributes, recursive, Propagation.PRIVATE, SourceNeeds.ANYTHING, mapped);
      case PROPAGATION_HOST_TO_CONTAINER -> {
        notRecursive(field, recursive);
        yield new Bind(field, source, target, attributes, false, Propagation.SLAVE, SourceNeeds.SHARED_OR_SLAVE, mapped);
      }
      case PROPAGATION_BIDIRECTIONAL -> {
        if (user != null) {
          throw Fields.invalid(
              field + ".propagation", "the kernel lets no mount out of a pod with a user namespace of its own; use HOST_TO_CONTAINER");
        }
        notRecursive(field, recursive);
        yield new Bind(field, source, target, attributes, false, Propagation.SHARED, SourceNeeds.SHARED, mapped);
      }
      case UNRECOGNIZED ->
          throw Fields.invalid(field + ".propagation", mount.getPropagationValue() + " is not a propagation that the CRI names");
    };
  }

  private static void notRecursive(String field, boolean recursive) {
    if (recursive) {
      throw Fields.invalid(
          field + ".recursive_read_only", "mounts that appear later cannot be kept read-only, so it needs PROPAGATION_PRIVATE");
    }
  }

  private static Set<MountAttr> options(String field, Mount mount) {
    Set<MountAttr> options = EnumSet.noneOf(MountAttr.class);
    for (String option : mount.getMountOptionsList()) {
      options.add(option(field + ".mount_options", option));
    }
    return options;
  }

  private static MountAttr option(String field, String option) {
    return switch (option) {
      case "noexec" -> MountAttr.NOEXEC;
      case "nodev" -> MountAttr.NODEV;
      case "nosuid" -> MountAttr.NOSUID;
      default -> throw Fields.invalid(field, "'" + Printable.of(option) + "' is none of noexec, nodev and nosuid");
    };
  }
}
