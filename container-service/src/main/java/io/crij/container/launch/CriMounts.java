package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Mount;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.SourceNeeds;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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
   */
  public record Bind(
      String field,
      String source,
      String target,
      Set<MountAttr> attributes,
      boolean recursive,
      Propagation propagation,
      SourceNeeds needs) {
    public Bind {
      attributes = Set.copyOf(attributes);
    }
  }

  private CriMounts() {}

  /**
   * In the request's order.
   *
   * @throws CriException INVALID_ARGUMENT, naming the field, for what contradicts itself; UNIMPLEMENTED for what this version
   *     cannot do
   */
  public static List<Bind> of(ContainerConfig config) {
    List<Bind> binds = new ArrayList<>();
    for (int i = 0; i < config.getMountsCount(); i++) {
      binds.add(bind("config.mounts[" + i + "]", config.getMounts(i)));
    }
    return binds;
  }

  private static Bind bind(String field, Mount mount) {
    if (mount.hasImage() && !mount.getImage().getImage().isEmpty() || !mount.getImageSubPath().isEmpty()) {
      throw new CriException(
          ErrorCode.UNIMPLEMENTED,
          "ImageVolumeMountFailed: " + field + ".image: this version cannot mount an image as a volume; use another kind of volume.");
    }
    if (mount.getUidMappingsCount() > 0 || mount.getGidMappingsCount() > 0) {
      throw new CriException(
          ErrorCode.UNIMPLEMENTED,
          field + ".uidMappings: this version has no user namespaces, so it cannot map the owners of a mount; leave the mappings away.");
    }
    String target = Fields.absolutePath(field + ".container_path", mount.getContainerPath());
    if (target.equals("/")) {
      throw Fields.invalid(field + ".container_path", "nothing may be mounted over the root of a container");
    }
    if (mount.getHostPath().isEmpty()) {
      throw Fields.invalid(field + ".host_path", "it is empty, and the mount names no image");
    }
    String source = Fields.absolutePath(field + ".host_path", mount.getHostPath());
    Set<MountAttr> attributes = EnumSet.noneOf(MountAttr.class);
    if (mount.getReadonly()) {
      attributes.add(MountAttr.RDONLY);
    }
    for (String option : mount.getMountOptionsList()) {
      attributes.add(option(field + ".mount_options", option));
    }
    boolean recursive = mount.getRecursiveReadOnly();
    if (recursive && !mount.getReadonly()) {
      throw Fields.invalid(field + ".recursive_read_only", "it needs readonly beside it");
    }
    return switch (mount.getPropagation()) {
      case PROPAGATION_PRIVATE ->
          new Bind(field, source, target, attributes, recursive, Propagation.PRIVATE, SourceNeeds.ANYTHING);
      case PROPAGATION_HOST_TO_CONTAINER -> {
        notRecursive(field, recursive);
        yield new Bind(field, source, target, attributes, false, Propagation.SLAVE, SourceNeeds.SHARED_OR_SLAVE);
      }
      case PROPAGATION_BIDIRECTIONAL -> {
        notRecursive(field, recursive);
        yield new Bind(field, source, target, attributes, false, Propagation.SHARED, SourceNeeds.SHARED);
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

  private static MountAttr option(String field, String option) {
    return switch (option) {
      case "noexec" -> MountAttr.NOEXEC;
      case "nodev" -> MountAttr.NODEV;
      case "nosuid" -> MountAttr.NOSUID;
      default -> throw Fields.invalid(field, "'" + Fields.printable(option) + "' is none of noexec, nodev and nosuid");
    };
  }
}
