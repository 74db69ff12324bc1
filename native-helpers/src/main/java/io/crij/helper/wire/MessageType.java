package io.crij.helper.wire;

/** The numbers of requests, replies and events: PROTOCOL.md sections 1 to 3. A reply has its request's number. */
public final class MessageType {
  public static final int ERROR = 0xFFFF;

  public static final int RUN = 1;
  public static final int MONITOR = 2;
  public static final int PATH = 3;

  public static final int HELLO = 16;
  public static final int SETUP = 17;
  public static final int START = 18;
  public static final int KILL = 19;
  public static final int STATUS = 20;
  public static final int WATCH = 21;
  public static final int ACK = 22;
  public static final int FORGET = 23;
  public static final int REOPEN = 24;
  public static final int SHUTDOWN = 25;
  public static final int EXEC = 26;
  public static final int STREAM = 27;
  public static final int ATTACH = 28;
  public static final int RESIZE = 29;
  public static final int FORWARD = 30;

  public static final int GO = 31;

  public static final int EXITED = 64;
  public static final int OUT = 65;
  public static final int DONE = 66;
  public static final int CUT = 67;
  public static final int HELD = 68;

  private static final int LAST_EVENT = 95;

  private MessageType() {}

  /** True for what comes without being an answer. */
  public static boolean isEvent(int type) {
    return type >= EXITED && type <= LAST_EVENT;
  }
}
