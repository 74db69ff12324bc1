package io.crij.daemon.trace;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Spans as an {@code ExportTraceServiceRequest} of <a href="https://github.com/open-telemetry/opentelemetry-proto">OTLP 1</a>: of its messages
 * the few fields that we have something for, written by their numbers.
 */
final class Otlp {
  private static final int KIND_INTERNAL = 1;
  private static final int KIND_SERVER = 2;
  private static final int STATUS_ERROR = 2;

  private Otlp() {}

  /** @param resource who tells: the service and its host */
  static byte[] request(Map<String, Object> resource, List<Span> spans) {
    Message scope = out -> out.writeString(1, "crij");
    return bytes(
        request ->
            write(
                request,
                1,
                resourceSpans -> {
                  write(resourceSpans, 1, told -> attributes(told, 1, resource));
                  write(
                      resourceSpans,
                      2,
                      scopeSpans -> {
                        write(scopeSpans, 1, scope);
                        for (Span span : spans) {
                          write(scopeSpans, 2, out -> span(out, span));
                        }
                      });
                }));
  }

  private static void span(CodedOutputStream out, Span span) throws IOException {
    out.writeBytes(1, id(span.place().traceId()));
    out.writeBytes(2, id(span.place().spanId()));
    out.writeBytes(4, id(span.parent()));
    out.writeString(5, span.name());
    out.writeEnum(6, span.server() ? KIND_SERVER : KIND_INTERNAL);
    out.writeFixed64(7, span.beganNanos());
    out.writeFixed64(8, span.endedNanos());
    attributes(out, 9, span.attributes());
    String error = span.error();
    if (error != null) {
      write(
          out,
          15,
          status -> {
            status.writeString(2, error);
            status.writeEnum(3, STATUS_ERROR);
          });
    }
  }

  private static void attributes(CodedOutputStream out, int field, Map<String, Object> attributes) throws IOException {
    for (Map.Entry<String, Object> attribute : attributes.entrySet()) {
      write(
          out,
          field,
          pair -> {
            pair.writeString(1, attribute.getKey());
            write(pair, 2, value -> value(value, attribute.getValue()));
          });
    }
  }

  private static void value(CodedOutputStream out, Object value) throws IOException {
    if (value instanceof Number number) {
      out.writeInt64(3, number.longValue());
    } else {
      out.writeString(1, value.toString());
    }
  }

  private static ByteString id(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }

  private interface Message {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  private static void write(CodedOutputStream out, int field, Message message) throws IOException {
    out.writeByteArray(field, bytes(message));
  }

  private static byte[] bytes(Message message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      message.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("a message could not be written to memory", e);
    }
    return bytes.toByteArray();
  }
}
