package io.crij.helper.syscall;

/**
 * Flags of openat2(2). The O_ values that differ between architectures ({@code O_DIRECTORY}, {@code O_NOFOLLOW}) are chosen at
 * run time.
 */
public final class Open {
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  public static final long READ = 0;
  public static final long WRITE = 1;
  public static final long CREATE = 0100;
  public static final long EXCLUSIVE = 0200;
  public static final long NONBLOCK = 04000;
  public static final long FOLDER = ARM ? 040000 : 0200000;
  public static final long NOFOLLOW = ARM ? 0100000 : 0400000;
  public static final long CLOEXEC = 02000000;
  /** A handle on the name only: no permission to read is needed and no device is opened. */
  public static final long PATH = 010000000;

  /** No step of the path may cross a mount. */
  public static final long RESOLVE_NO_XDEV = 0x01;
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;
  public static final long RESOLVE_NO_SYMLINKS = 0x04;
  /** The path must stay below the folder; absolute paths and {@code ..} above it fail with EXDEV. */
  public static final long RESOLVE_BENEATH = 0x08;
  /** The folder is {@code /} for the whole path, links included. */
  public static final long RESOLVE_IN_ROOT = 0x10;

  private Open() {}
}
