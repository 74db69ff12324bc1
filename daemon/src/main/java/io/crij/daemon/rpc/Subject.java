package io.crij.daemon.rpc;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.crij.core.Printable;
import io.crij.cri.ImageSpec;
import io.crij.cri.PodSandboxConfig;
import io.crij.image.content.Reference;
import org.jspecify.annotations.Nullable;

/**
 * What a request is about, for its log line: ids and names only. Fields are picked by name and never a whole message, so
 * that credentials of a pull cannot get into the log.
 *
 * @param pod sandbox id, or namespace/name before there is an id
 */
record Subject(@Nullable String pod, @Nullable String container, @Nullable String image) {
  private static final int LONGEST = 256;

  static Subject of(Message request) {
    String pod = text(request, "pod_sandbox_id");
    PodSandboxConfig config = podConfig(request);
    if (pod == null && config != null) {
      pod = config.hasMetadata() ? clean(config.getMetadata().getNamespace() + "/" + config.getMetadata().getName()) : null;
    }
    String image = value(request, "image") instanceof ImageSpec spec ? Reference.printable(spec.getImage()) : null;
    return new Subject(pod, text(request, "container_id"), image);
  }

  private static @Nullable PodSandboxConfig podConfig(Message request) {
    if (value(request, "config") instanceof PodSandboxConfig config) {
      return config;
    }
    // A pull names the pod that it is for.
    return value(request, "sandbox_config") instanceof PodSandboxConfig config ? config : null;
  }

  /** As it stands in the line, with a space before each part. */
  String words() {
    return part("pod", pod) + part("container", container) + part("image", image);
  }

  private static String part(String name, @Nullable String value) {
    return value == null || value.isEmpty() ? "" : " " + name + "=" + value;
  }

  private static @Nullable String text(Message message, String field) {
    return value(message, field) instanceof String text ? clean(text) : null;
  }

  private static @Nullable Object value(Message message, String field) {
    FieldDescriptor descriptor = message.getDescriptorForType().findFieldByName(field);
    return descriptor == null ? null : message.getField(descriptor);
  }

  /** A name from outside must not break the line or fill the log. */
  private static String clean(String text) {
    String shown = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return Printable.plain(shown);
  }
}
