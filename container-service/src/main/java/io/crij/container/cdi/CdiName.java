package io.crij.container.cdi;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.CDIDevice;
import io.crij.cri.ContainerConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A device's full name, {@code vendor.com/class=device} (CDI specification, "Kind" and "Device").
 *
 * @param kind {@code vendor.com/class}
 * @param device the name among those of its kind
 */
record CdiName(String kind, String device) {
  /** Device plugins that know no CDI_devices field say it in annotations that begin so. */
  private static final String ANNOTATION = "cdi.k8s.io/";

  private static final Pattern KIND = Pattern.compile("[A-Za-z]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?/[A-Za-z]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?");
  private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_.:-]{0,251}[A-Za-z0-9])?");
  static boolean isKind(String text) {
    return KIND.matcher(text).matches();
  }

  static boolean isDevice(String text) {
    return DEVICE.matcher(text).matches();
  }

  /**
   * The devices that a container asks for, in its field and in its annotations, each once.
   *
   * @throws CriException INVALID_ARGUMENT naming the field
   */
  static List<CdiName> askedBy(ContainerConfig config) {
    Set<CdiName> names = new LinkedHashSet<>();
    int index = 0;
    for (CDIDevice device : config.getCDIDevicesList()) {
      names.add(parse("config.CDI_devices[" + index++ + "]", device.getName()));
    }
    for (Map.Entry<String, String> annotation : new TreeMap<>(config.getAnnotationsMap()).entrySet()) {
      if (annotation.getKey().startsWith(ANNOTATION)) {
        for (String name : List.of(annotation.getValue().split(",", -1))) {
          names.add(parse("config.annotations[" + Printable.of(annotation.getKey()) + "]", name.strip()));
        }
      }
    }
    return List.copyOf(names);
  }

  private static CdiName parse(String field, String text) {
    int equals = text.indexOf('=');
    if (equals < 0 || !isKind(text.substring(0, equals)) || !isDevice(text.substring(equals + 1))) {
      throw CriException.invalid(field + ": '" + Printable.of(text) + "' is not the name of a CDI device, which is vendor.com/class=device.");
    }
    return new CdiName(text.substring(0, equals), text.substring(equals + 1));
  }

  @Override
  public String toString() {
    return kind + "=" + device;
  }
}
