package io.crij.nri;

import io.crij.nri.api.Event;

/** What the calls are named that tell of an event. */
final class EventNames {
  private EventNames() {}

  static String method(Event event) {
    return switch (event) {
      case RUN_POD_SANDBOX -> "RunPodSandbox";
      case STOP_POD_SANDBOX -> "StopPodSandbox";
      case REMOVE_POD_SANDBOX -> "RemovePodSandbox";
      case CREATE_CONTAINER -> "CreateContainer";
      case POST_CREATE_CONTAINER -> "PostCreateContainer";
      case START_CONTAINER -> "StartContainer";
      case POST_START_CONTAINER -> "PostStartContainer";
      case UPDATE_CONTAINER -> "UpdateContainer";
      case POST_UPDATE_CONTAINER -> "PostUpdateContainer";
      case STOP_CONTAINER -> "StopContainer";
      case REMOVE_CONTAINER -> "RemoveContainer";
      case UPDATE_POD_SANDBOX -> "UpdatePodSandbox";
      case POST_UPDATE_POD_SANDBOX -> "PostUpdatePodSandbox";
      case VALIDATE_CONTAINER_ADJUSTMENT -> "ValidateContainerAdjustment";
      case UNKNOWN, UNRECOGNIZED -> throw new IllegalArgumentException("no call tells of event " + event);
    };
  }
}
