package io.crij.container.hooks;

import io.crij.core.RecordFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The hooks of a container on disk, in {@code hooks.json} beside its record; there is none for a container without hooks.
 *
 * @param bundle its bundle's folder, which dies with the boot
 * @param annotations as the state tells them
 * @param due whether a start began whose {@link HookStage#POSTSTOP} hooks did not run yet
 */
public record HookRecord(Hooks hooks, String bundle, Map<String, String> annotations, boolean due) {
  private static final String FORMAT = "crij.hooks";
  private static final int VERSION = 1;
  private static final String FILE = "hooks.json";

  public HookRecord {
    annotations = Map.copyOf(annotations);
  }

  /** @param folder the container's */
  static Optional<HookRecord> read(Path folder) throws IOException {
    return RecordFile.read(folder.resolve(FILE), FORMAT, VERSION, HookRecord.class);
  }

  void write(Path folder) throws IOException {
    RecordFile.write(folder.resolve(FILE), FORMAT, VERSION, this, RecordFile.Durability.PROCESS_CRASH);
  }

  HookRecord withDue(boolean next) {
    return new HookRecord(hooks, bundle, annotations, next);
  }

  HookState state(String container, String status) {
    return HookState.of(container, status, bundle, annotations);
  }
}
