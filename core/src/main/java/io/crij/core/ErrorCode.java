package io.crij.core;

/** Why a call failed, in the words of gRPC's status codes. The daemon's edge maps each to the code of the same name. */
public enum ErrorCode {
  /** For messages that start with a name that kubelet knows, such as {@code RegistryUnavailable}: it looks at those of this code only. */
  UNKNOWN,
  CANCELLED,
  INVALID_ARGUMENT,
  DEADLINE_EXCEEDED,
  NOT_FOUND,
  ALREADY_EXISTS,
  PERMISSION_DENIED,
  RESOURCE_EXHAUSTED,
  FAILED_PRECONDITION,
  UNIMPLEMENTED,
  INTERNAL,
  UNAVAILABLE,
  DATA_LOSS,
  UNAUTHENTICATED
}
