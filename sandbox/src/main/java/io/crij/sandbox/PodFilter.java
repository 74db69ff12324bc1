package io.crij.sandbox;

import io.crij.cri.PodSandboxFilter;
import io.crij.cri.PodSandboxState;
import java.util.Map;

/** A PodSandboxFilter: everything that it asks for must be true; what it leaves out does not matter. */
final class PodFilter {
  private PodFilter() {}

  static boolean matches(PodSandboxFilter filter, Sandbox sandbox) {
    return sandbox.id().hex().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == criState(sandbox.record().state()))
        && hasAll(sandbox.config().getLabelsMap(), filter.getLabelSelectorMap());
  }

  static PodSandboxState criState(SandboxState state) {
    return state == SandboxState.READY ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
  }

  private static boolean hasAll(Map<String, String> labels, Map<String, String> wanted) {
    return wanted.entrySet().stream().allMatch(pair -> pair.getValue().equals(labels.get(pair.getKey())));
  }
}
