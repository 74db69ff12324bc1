package io.crij.helper.plan;

/** The tags of PROTOCOL.md section 4. */
final class PlanTag {
  static final int CGROUP = 1;
  static final int DEVICE_PROGRAM = 2;
  static final int JOIN = 3;
  static final int OOM_SCORE_ADJ = 4;
  static final int SOURCE = 5;
  static final int OVERLAY = 6;
  static final int USER = 7;
  static final int IMAGE = 8;
  static final int HOLD = 9;
  static final int ENTER = 10;
  static final int ROOT = 11;
  static final int FILESYSTEM = 12;
  static final int MOUNT = 13;
  static final int POD_SHM = 14;
  static final int FOLDER = 15;
  static final int DEVICE = 16;
  static final int SYMLINK = 17;
  static final int VOLUME = 18;
  static final int MASK = 19;
  static final int READONLY = 20;
  static final int CONSOLE = 21;
  static final int SYSCTL = 22;
  static final int CREATE_HOOK = 25;
  static final int RUNTIME = 29;
  static final int PIVOT = 30;
  static final int RLIMIT = 31;
  static final int CWD = 32;
  static final int IDS = 33;
  static final int CAPS = 34;
  static final int NO_NEW_PRIVS = 35;
  static final int SECCOMP = 36;
  static final int ENV = 37;
  static final int ARG = 38;
  static final int UMASK = 39;
  static final int APPARMOR = 40;
  static final int START_HOOK = 42;
  static final int END = 63;

  static final byte[] MAGIC = {'C', 'R', 'I', 'J', 'P', 'L', 'A', 'N'};
  static final int VERSION = 1;
  static final int HEADER_BYTES = 16;

  private PlanTag() {}
}
