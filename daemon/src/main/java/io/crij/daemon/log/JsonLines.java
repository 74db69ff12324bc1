package io.crij.daemon.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;

/**
 * One JSON object for each event: {@code time}, {@code level}, {@code logger}, {@code message}, then {@code pod}, {@code container} and
 * {@code image} if the event is about one, and {@code error} with the stack. The message is whole, so that a search for its words finds it.
 * A line is ASCII: what steers a terminal or turns the direction of writing is escaped, and so is half a pair of UTF-16, which a registry can
 * send and which UTF-8 has no bytes for.
 */
final class JsonLines extends Lines {
  private final JsonFactory json = JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Override
  public byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    try (JsonGenerator out = json.createGenerator(line)) {
      out.writeStartObject();
      out.writeStringField("time", event.getInstant().toString());
      out.writeStringField("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
      out.writeStringField("logger", event.getLoggerName());
      out.writeStringField("message", event.getFormattedMessage());
      for (Map.Entry<String, String> about : event.getMDCPropertyMap().entrySet()) {
        out.writeStringField(about.getKey(), about.getValue());
      }
      IThrowableProxy error = event.getThrowableProxy();
      if (error != null) {
        out.writeStringField("error", ThrowableProxyUtil.asString(error));
      }
      out.writeEndObject();
      out.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException("a line of the log could not be written to memory", e);
    }
    return line.toByteArray();
  }
}
