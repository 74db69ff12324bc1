package io.crij.nri;

import io.crij.core.CriException;
import io.crij.nri.api.ContainerRequest;
import io.crij.nri.api.Event;
import io.crij.nri.api.PluginInstance;
import io.crij.nri.api.ValidateContainerAdjustmentRequest;
import io.crij.nri.api.ValidateContainerAdjustmentResponse;
import io.crij.nri.wire.CallFailed;
import io.crij.nri.wire.CallRefused;
import java.util.List;

/** Plugins that look at what the others ask for, or that they were not there to ask, and may refuse it. A validator that fails has not allowed anything. */
final class Validators {
  private final Plugins plugins;

  Validators(Plugins plugins) {
    this.plugins = plugins;
  }

  boolean any() {
    return !plugins.wanting(Event.VALIDATE_CONTAINER_ADJUSTMENT).isEmpty();
  }

  /** @throws CriException FAILED_PRECONDITION, naming the validator and its reason */
  void check(ContainerRequest before, Adjustments adjustments, List<Plugin> consulted) {
    List<Plugin> all = plugins.wanting(Event.VALIDATE_CONTAINER_ADJUSTMENT);
    if (all.isEmpty()) {
      return;
    }
    ValidateContainerAdjustmentRequest.Builder request =
        ValidateContainerAdjustmentRequest.newBuilder()
            .setPod(before.getPod())
            .setContainer(before.getContainer())
            .setAdjust(adjustments.adjustment())
            .addAllUpdate(adjustments.updates())
            .setOwners(adjustments.owners());
    consulted.forEach(
        plugin -> request.addPlugins(PluginInstance.newBuilder().setName(plugin.name().base()).setIndex(plugin.name().index())));
    for (Plugin validator : all) {
      check(validator, request.build());
    }
  }

  private void check(Plugin validator, ValidateContainerAdjustmentRequest request) {
    try {
      ValidateContainerAdjustmentResponse answer =
          validator.call("ValidateContainerAdjustment", request, ValidateContainerAdjustmentResponse.parser());
      if (answer.getReject()) {
        String reason = answer.getReason().isEmpty() ? "it gave no reason" : Words.printable(answer.getReason());
        throw CriException.precondition("NRI validator " + validator + " rejected the adjustments of the other plugins: " + reason + ".");
      }
    } catch (CallRefused e) {
      throw CriException.precondition(
          "NRI validator " + validator + " could not look at the adjustments of the other plugins: " + Words.printable(e.getMessage()) + ".");
    } catch (CallFailed e) {
      plugins.failed(validator);
      throw CriException.precondition(
          "NRI validator " + validator + " failed while it looked at the adjustments of the other plugins: " + e.getMessage() + "; try again.");
    }
  }
}
