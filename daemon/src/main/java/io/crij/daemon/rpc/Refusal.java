package io.crij.daemon.rpc;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.grpc.Status;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The only place where an exception becomes a status. A {@link CriException} keeps its code and sentence. Anything else is a
 * defect of ours: the client gets a sentence and an incident number, the log gets the number and the stack.
 *
 * @param status what the client sees
 * @param incident for the log, or null when the message says all there is
 */
record Refusal(Status status, @Nullable String incident) {
  /** The message travels in a header, and clients bound those; gRPC for Java takes 8 KiB of them. */
  private static final int MESSAGE_CHARACTERS = 4000;

  static Refusal of(String rpc, Throwable failure) {
    if (failure instanceof InterruptedException) {
      return new Refusal(Status.CANCELLED.withDescription(rpc + " was given up because its caller went away."), null);
    }
    if (failure instanceof CriException known) {
      String incident = known.code() == ErrorCode.INTERNAL || known.code() == ErrorCode.DATA_LOSS ? number() : null;
      return new Refusal(Status.fromCode(code(known.code())).withDescription(bounded(known.getMessage())), incident);
    }
    String incident = number();
    return new Refusal(
        Status.INTERNAL.withDescription(rpc + " failed inside the runtime; the daemon's log has the details under incident " + incident + "."), incident);
  }

  private static Status.Code code(ErrorCode code) {
    return switch (code) {
      case UNKNOWN -> Status.Code.UNKNOWN;
      case CANCELLED -> Status.Code.CANCELLED;
      case INVALID_ARGUMENT -> Status.Code.INVALID_ARGUMENT;
      case DEADLINE_EXCEEDED -> Status.Code.DEADLINE_EXCEEDED;
      case NOT_FOUND -> Status.Code.NOT_FOUND;
      case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
      case PERMISSION_DENIED -> Status.Code.PERMISSION_DENIED;
      case RESOURCE_EXHAUSTED -> Status.Code.RESOURCE_EXHAUSTED;
      case FAILED_PRECONDITION -> Status.Code.FAILED_PRECONDITION;
      case UNIMPLEMENTED -> Status.Code.UNIMPLEMENTED;
      case INTERNAL -> Status.Code.INTERNAL;
      case UNAVAILABLE -> Status.Code.UNAVAILABLE;
      case DATA_LOSS -> Status.Code.DATA_LOSS;
      case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
    };
  }

  private static String bounded(String message) {
    return message.length() <= MESSAGE_CHARACTERS ? message : message.substring(0, MESSAGE_CHARACTERS) + "…";
  }

  private static String number() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
  }
}
