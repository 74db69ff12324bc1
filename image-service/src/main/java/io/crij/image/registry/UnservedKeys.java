package io.crij.image.registry;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log which keys of a file others would act on and CRI-J does not: an operator who relies on a credential helper must not
 * have to guess why each pull is refused. Once for each key of a file.
 */
final class UnservedKeys {
  private static final Logger LOG = LoggerFactory.getLogger(UnservedKeys.class);

  private final Set<String> said = ConcurrentHashMap.newKeySet();

  void tell(Path file, List<String> keys) {
    for (String key : keys) {
      if (said.add(file + " " + key)) {
        LOG.warn("{}: {} is not served: no program is started to ask for credentials. Put them into registry.auth_file, or let kubelet give them", file, key);
      }
    }
  }
}
