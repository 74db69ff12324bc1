package io.crij.helper.plan;

/** RLIMIT_* of setrlimit(2), in the kernel's order: the ordinal is the number on x86-64 and arm64. */
public enum Resource {
  CPU,
  FSIZE,
  DATA,
  STACK,
  CORE,
  RSS,
  NPROC,
  NOFILE,
  MEMLOCK,
  AS,
  LOCKS,
  SIGPENDING,
  MSGQUEUE,
  NICE,
  RTPRIO,
  RTTIME;

  /** RLIM_INFINITY. */
  public static final long UNLIMITED = -1;
}
