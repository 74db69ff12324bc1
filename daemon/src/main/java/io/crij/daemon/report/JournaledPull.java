package io.crij.daemon.report;

import io.crij.core.Journal;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.image.content.Reference;
import java.util.function.Function;

/** A pull that stands in the journal of the pod that it is for; one for no pod, as crictl makes, stands in none. A login before the image's host does not. */
public final class JournaledPull {
  private final Function<PullImageRequest, PullImageResponse> pull;
  private final Journal journal;

  public JournaledPull(Function<PullImageRequest, PullImageResponse> pull, Journal journal) {
    this.pull = pull;
    this.journal = journal;
  }

  public PullImageResponse run(PullImageRequest request) {
    if (!request.getSandboxConfig().hasMetadata()) {
      return pull.apply(request);
    }
    PodSandboxMetadata pod = request.getSandboxConfig().getMetadata();
    return journal.keep(
        pod.getNamespace() + "/" + pod.getName(),
        "PullImage",
        Reference.printable(request.getImage().getImage()),
        stages -> {
          stages.enters("pull");
          return pull.apply(request);
        });
  }
}
