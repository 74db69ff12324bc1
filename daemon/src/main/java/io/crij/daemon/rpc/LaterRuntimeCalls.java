package io.crij.daemon.rpc;

import io.crij.cri.CheckpointContainerRequest;
import io.crij.cri.CheckpointContainerResponse;
import io.crij.cri.CheckpointPodRequest;
import io.crij.cri.CheckpointPodResponse;
import io.crij.cri.RestorePodRequest;
import io.crij.cri.RestorePodResponse;
import io.crij.cri.RuntimeServiceGrpc;
import io.grpc.stub.StreamObserver;

/**
 * The RPCs of RuntimeService that this version does not serve. kubelet knows what to do without them by the code alone
 * (UNIMPLEMENTED); the sentence is for people.
 */
abstract class LaterRuntimeCalls extends RuntimeServiceGrpc.RuntimeServiceImplBase {
  @Override
  public void checkpointContainer(CheckpointContainerRequest request, StreamObserver<CheckpointContainerResponse> out) {
    Edge.unimplemented("CheckpointContainer", "Checkpoints of containers are not served by this version.", out);
  }

  @Override
  public void checkpointPod(CheckpointPodRequest request, StreamObserver<CheckpointPodResponse> out) {
    Edge.unimplemented("CheckpointPod", "Checkpoints of pods are not served by this version.", out);
  }

  @Override
  public void restorePod(RestorePodRequest request, StreamObserver<RestorePodResponse> out) {
    Edge.unimplemented("RestorePod", "Checkpoints of pods are not served by this version, so none can be restored.", out);
  }
}
