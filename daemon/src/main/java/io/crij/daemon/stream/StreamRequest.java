package io.crij.daemon.stream;

import com.google.protobuf.MessageLite;

/** A checked request that waits for its client to come by HTTP. */
sealed interface StreamRequest {
  /** The first part of the URL's path. */
  String kind();

  MessageLite request();

  record Exec(io.crij.cri.ExecRequest request) implements StreamRequest {
    @Override
    public String kind() {
      return "exec";
    }
  }

  record Attach(io.crij.cri.AttachRequest request) implements StreamRequest {
    @Override
    public String kind() {
      return "attach";
    }
  }

  record PortForward(io.crij.cri.PortForwardRequest request) implements StreamRequest {
    @Override
    public String kind() {
      return "portforward";
    }
  }
}
