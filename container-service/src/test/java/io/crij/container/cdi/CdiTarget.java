package io.crij.container.cdi;

import static org.assertj.core.api.Assertions.assertThat;

/** What must hold for any bytes: they are a spec, or they are refused with a reason. */
final class CdiTarget {
  private CdiTarget() {}

  static void read(byte[] bytes, boolean json) {
    try {
      CdiSpec spec = CdiSpec.parse(bytes, json);
      CdiEdits common = spec.commonEdits();
      for (String name : spec.devices().keySet()) {
        assertThat(common.plus(spec.edits(name)).nodes()).allMatch(node -> node.path().startsWith("/") && !node.path().contains("/../"));
      }
    } catch (CdiSpecException e) {
      assertThat(e.getMessage()).isNotEmpty().hasSizeLessThan(600);
    }
  }
}
