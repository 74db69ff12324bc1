package io.crij.netns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * On disk, from before ADD until DEL has succeeded: what DEL must be called with, and what ADD gave.
 *
 * @param config the network configuration that ADD runs; a DEL with a newer one would miss what the older one made
 * @param netns the path of the namespace
 * @param arguments CNI_ARGS by name
 * @param capabilities {@link CniCapabilities}
 * @param result the last plugin's result; null while ADD runs, and after it failed
 */
record AttachmentRecord(
    JsonNode config, String netns, Map<String, String> arguments, ObjectNode capabilities, @Nullable ObjectNode result) {
  static final String FORMAT = "crij/network";
  static final int VERSION = 1;

  AttachmentRecord withResult(ObjectNode given) {
    return new AttachmentRecord(config, netns, arguments, capabilities, given);
  }
}
