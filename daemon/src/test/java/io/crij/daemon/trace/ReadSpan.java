package io.crij.daemon.trace;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A span as a collector reads it: by the field numbers of OTLP, with protobuf's own parser and not with the writer under test. */
record ReadSpan(String trace, String id, String parent, String name, long kind, long began, long ended, Map<String, String> attributes, String error) {
  static List<ReadSpan> of(byte[] request) {
    return messages(parse(ByteString.copyFrom(request)), 1).stream()
        .flatMap(resource -> messages(resource, 2).stream())
        .flatMap(scope -> messages(scope, 2).stream())
        .map(ReadSpan::of)
        .toList();
  }

  static Map<String, String> resource(byte[] request) {
    return attributes(messages(messages(parse(ByteString.copyFrom(request)), 1).getFirst(), 1).getFirst(), 1);
  }

  private static ReadSpan of(UnknownFieldSet span) {
    List<UnknownFieldSet> status = messages(span, 15);
    return new ReadSpan(
        hex(span, 1),
        hex(span, 2),
        hex(span, 4),
        text(span, 5),
        span.getField(6).getVarintList().getFirst(),
        span.getField(7).getFixed64List().getFirst(),
        span.getField(8).getFixed64List().getFirst(),
        attributes(span, 9),
        status.isEmpty() ? "" : status.getFirst().getField(3).getVarintList().getFirst() + " " + text(status.getFirst(), 2));
  }

  private static Map<String, String> attributes(UnknownFieldSet message, int field) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (UnknownFieldSet pair : messages(message, field)) {
      UnknownFieldSet value = messages(pair, 2).getFirst();
      attributes.put(text(pair, 1), value.hasField(3) ? String.valueOf(value.getField(3).getVarintList().getFirst()) : text(value, 1));
    }
    return attributes;
  }

  private static List<UnknownFieldSet> messages(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().stream().map(ReadSpan::parse).toList();
  }

  private static String hex(UnknownFieldSet message, int field) {
    return HexFormat.of().formatHex(message.getField(field).getLengthDelimitedList().getFirst().toByteArray());
  }

  private static String text(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().getFirst().toStringUtf8();
  }

  private static UnknownFieldSet parse(ByteString bytes) {
    try {
      return UnknownFieldSet.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("no protobuf", e);
    }
  }
}
