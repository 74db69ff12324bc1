package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.cri.IDMapping;
import io.crij.cri.NamespaceMode;
import io.crij.cri.UserNamespace;
import io.crij.helper.UserMapping;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The user namespace that a request describes. kubelet owns the ranges of ids; this only checks that they are ranges. */
public final class UserNamespaces {
  private static final long ID_END = 0xFFFF_FFFFL;

  private UserNamespaces() {}

  /**
   * How ids are mapped; null for the host's user namespace, which is also meant when nothing is said.
   *
   * @param field the name of {@code userns_options} in the request
   * @throws CriException INVALID_ARGUMENT naming the field
   */
  public static @Nullable UserMapping of(String field, boolean given, UserNamespace options) {
    if (!given) {
      return null;
    }
    if (options.getMode() == NamespaceMode.NODE) {
      if (options.getUidsCount() > 0 || options.getGidsCount() > 0) {
        throw invalid(field + ".uids", "mode NODE is the host's user namespace, in which ids are not mapped; leave the mappings away");
      }
      return null;
    }
    if (options.getMode() != NamespaceMode.POD) {
      throw invalid(field + ".mode", options.getMode() + " is not possible; a user namespace is the pod's (POD) or the host's (NODE)");
    }
    return mapping(field, options.getUidsList(), options.getGidsList());
  }

  /**
   * One mapping of uids and one of gids.
   *
   * @throws CriException INVALID_ARGUMENT naming the field
   */
  public static UserMapping mapping(String field, List<IDMapping> uids, List<IDMapping> gids) {
    IDMapping uid = only(field + ".uids", uids);
    IDMapping gid = only(field + ".gids", gids);
    if (uid.getLength() != gid.getLength()) {
      throw invalid(
          field + ".gids",
          Integer.toUnsignedString(gid.getLength()) + " groups are mapped and " + Integer.toUnsignedString(uid.getLength())
              + " users; there must be as many");
    }
    return new UserMapping(
        Integer.toUnsignedLong(uid.getHostId()), Integer.toUnsignedLong(gid.getHostId()), Integer.toUnsignedLong(uid.getLength()));
  }

  private static IDMapping only(String field, List<IDMapping> mappings) {
    if (mappings.size() != 1) {
      throw invalid(field, mappings.size() + " mappings are given; exactly one is possible");
    }
    IDMapping mapping = mappings.getFirst();
    long host = Integer.toUnsignedLong(mapping.getHostId());
    long length = Integer.toUnsignedLong(mapping.getLength());
    if (mapping.getContainerId() != 0) {
      throw invalid(field, "the container's id 0 is not mapped; the mapping must begin with it");
    }
    if (host == 0) {
      throw invalid(field, "the host's id 0 would be the container's root; map other ids of the host");
    }
    if (length == 0 || host + length > ID_END) {
      throw invalid(field, length + " ids from " + host + " on are not all ids of the host; the last one is " + (ID_END - 1));
    }
    return mapping;
  }

  private static CriException invalid(String field, String why) {
    return CriException.invalid(field + ": " + why + ".");
  }
}
