package io.crij.nri;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.crij.core.CriException;
import java.util.List;
import java.util.Map;

/** A newer plugin may ask for what this version does not know: that is refused, since it would not be done. */
final class KnownFields {
  private KnownFields() {}

  /** @throws CriException INVALID_ARGUMENT, naming the message and the number of the field */
  static void check(Message message, String plugin) {
    Integer unknown = message.getUnknownFields().asMap().keySet().stream().findFirst().orElse(null);
    if (unknown != null) {
      throw CriException.invalid(
          "NRI plugin " + plugin + " asks for field " + unknown + " of " + message.getDescriptorForType().getName()
              + ", which this version does not know; use a plugin for NRI 0.12 or older.");
    }
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      if (field.getValue() instanceof Message part) {
        check(part, plugin);
      } else if (field.getValue() instanceof List<?> parts) {
        for (Object part : parts) {
          if (part instanceof Message each) {
            check(each, plugin);
          }
        }
      }
    }
  }
}
