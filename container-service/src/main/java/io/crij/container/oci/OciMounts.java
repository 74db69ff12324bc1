package io.crij.container.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.helper.plan.FilesystemType;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The mounts of a launch plan as {@code mounts} of {@code config.json}, in the plan's order. */
final class OciMounts {
  private static final String CGROUP = "/sys/fs/cgroup";

  private final Path stands;
  private final Path shm;
  private final ArrayNode mounts;
  private final Map<Integer, PlanOp> sources = new HashMap<>();
  private boolean cgroupIsOurs;

  OciMounts(Path stands, Path shm, ArrayNode mounts) {
    this.shm = shm;
    this.stands = stands;
    this.mounts = mounts;
  }

  /** The cgroup mount of version 1 is one entry here, and a plan has one for each hierarchy. */
  static boolean isOfCgroupMount(String target) {
    return target.startsWith(CGROUP + "/");
  }

  void source(PlanOp.Source source) {
    sources.put(source.slot(), source);
  }

  void filesystem(PlanOp.Filesystem filesystem) {
    List<String> options = options(filesystem.attributes(), false);
    if (filesystem.target().equals(CGROUP)) {
      // A tmpfs with the hierarchies below it on version 1; the runtime knows what to mount on this node.
      cgroupIsOurs = filesystem.type() == FilesystemType.TMPFS;
      add(CGROUP, "cgroup", "cgroup", options);
      return;
    }
    options.addAll(filesystem.options());
    String type = filesystem.type().kernelName();
    add(filesystem.target(), type, type, options);
  }

  void mount(PlanOp.Mount mount) {
    if (cgroupIsOurs && isOfCgroupMount(mount.target())) {
      readonlyCgroup(mount);
      return;
    }
    List<String> options = new ArrayList<>();
    String from;
    if (sources.get(mount.slot()) instanceof PlanOp.Source source) {
      options.add(source.recursive() ? "rbind" : "bind");
      from = source.path();
    } else {
      // The image of a volume; it has no path on the host.
      options.add("bind");
      from = stand(mount.slot());
    }
    options.addAll(options(mount.attributes(), mount.recursiveAttributes()));
    propagation(mount.propagation(), options);
    add(mount.target(), "bind", from, options);
  }

  void volume(PlanOp.Volume volume) {
    List<String> options = new ArrayList<>(List.of("bind", "rprivate"));
    options.addAll(options(volume.attributes(), false));
    add(volume.target(), "bind", stand(volume.slot()), options);
  }

  void podShm(PlanOp.PodShm op) {
    List<String> options = new ArrayList<>(List.of("bind", "rprivate"));
    options.addAll(options(op.attributes(), false));
    add(op.target(), "bind", shm.toString(), options);
  }

  private String stand(int slot) {
    return stands.resolve(Integer.toString(slot)).toString();
  }

  /** The hierarchies' own attributes are those of the one entry. */
  private void readonlyCgroup(PlanOp.Mount hierarchy) {
    for (var node : mounts) {
      if (node instanceof ObjectNode mount && mount.path("destination").asText().equals(CGROUP) && hierarchy.attributes().contains(MountAttr.RDONLY)) {
        ArrayNode options = mount.withArray("options");
        boolean known = false;
        for (var option : options) {
          known |= option.asText().equals("ro");
        }
        if (!known) {
          options.add("ro");
        }
      }
    }
  }

  private void add(String target, String type, String source, List<String> options) {
    ObjectNode mount = mounts.addObject().put("destination", target).put("type", type).put("source", source);
    options.forEach(mount.putArray("options")::add);
  }

  private static void propagation(Propagation propagation, List<String> options) {
    switch (propagation) {
      case LEAVE -> {}
      case PRIVATE -> options.add("rprivate");
      case SLAVE -> options.add("rslave");
      case SHARED -> options.add("rshared");
    }
  }

  private static List<String> options(Set<MountAttr> attributes, boolean recursive) {
    List<String> options = new ArrayList<>();
    for (MountAttr attribute : new TreeSet<>(attributes)) {
      String word = attribute == MountAttr.RDONLY ? "ro" : attribute.name().toLowerCase(Locale.ROOT);
      options.add(recursive ? "r" + word : word);
    }
    return options;
  }
}
