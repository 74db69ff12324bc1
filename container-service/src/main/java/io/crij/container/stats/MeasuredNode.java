package io.crij.container.stats;

import io.crij.core.CriException;
import io.crij.sandbox.PodView;
import java.util.List;

/** The pods and containers of the node, from memory; an interface so that measuring is tested on made-up nodes. */
public interface MeasuredNode {
  /** All containers, oldest first. */
  List<MeasuredContainer> containers();

  /** @throws CriException NOT_FOUND, or INVALID_ARGUMENT if more than one id begins like this */
  MeasuredContainer container(String idOrPrefix);

  /** All pods that List shows, oldest first. */
  List<PodView> pods();

  /** @throws CriException NOT_FOUND, or INVALID_ARGUMENT if more than one id begins like this */
  PodView pod(String idOrPrefix);
}
