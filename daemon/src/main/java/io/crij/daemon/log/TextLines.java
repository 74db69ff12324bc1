package io.crij.daemon.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.crij.core.Printable;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * One line for each event: time, level, the class, what it is about in brackets, message, stack. Line breaks of a message or stack become
 * bars; a pod's name in it cannot forge another line, nor steer a terminal or turn the direction of writing, whoever forgot to look at it.
 * Without logback's patterns, which would take a hundred classes for this one.
 */
final class TextLines extends Lines {
  private static final String BREAK = " | ";
  private static final int LEVEL_WIDTH = 5;

  private final DateTimeFormatter time = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

  @Override
  public byte[] encode(ILoggingEvent event) {
    return line(event).getBytes(StandardCharsets.UTF_8);
  }

  String line(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    time.formatTo(event.getInstant(), line);
    String level = event.getLevel().toString();
    line.append(' ').append(level).append(" ".repeat(Math.max(0, LEVEL_WIDTH - level.length())));
    String logger = event.getLoggerName();
    line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
    StringBuilder words = new StringBuilder(120);
    about(event.getMDCPropertyMap(), words);
    words.append(": ");
    inOneLine(String.valueOf(event.getFormattedMessage()), false, words);
    words.append(' ');
    IThrowableProxy error = event.getThrowableProxy();
    if (error != null) {
      inOneLine(ThrowableProxyUtil.asString(error), true, words);
    }
    return line.append(Printable.plain(words.toString())).append('\n').toString();
  }

  private static void about(Map<String, String> about, StringBuilder words) {
    String before = " [";
    for (Map.Entry<String, String> part : about.entrySet()) {
      words.append(before).append(part.getKey()).append('=').append(part.getValue());
      before = ", ";
    }
    words.append(about.isEmpty() ? "" : "]");
  }

  /** @param indented whether the blanks at the start of each line but the first go, too */
  private static void inOneLine(String text, boolean indented, StringBuilder words) {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c != '\n' && c != '\r') {
        words.append(c);
        i++;
        continue;
      }
      words.append(BREAK);
      while (i < text.length() && (text.charAt(i) == '\n' || text.charAt(i) == '\r' || (indented && Character.isWhitespace(text.charAt(i))))) {
        i++;
      }
    }
  }
}
