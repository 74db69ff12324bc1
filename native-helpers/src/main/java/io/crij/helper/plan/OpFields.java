package io.crij.helper.plan;

import io.crij.helper.wire.FieldReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fields of one operation by tag. A field that is missing, given twice where one is meant, or unknown is an error: what is
 * passed over here would be policy that is not applied.
 */
final class OpFields {
  private final Map<Integer, List<byte[]>> values = new HashMap<>();

  OpFields(FieldReader fields) {
    while (fields.next()) {
      values.computeIfAbsent(fields.tag(), tag -> new ArrayList<>(1)).add(fields.bytes());
    }
  }

  long number(int tag) {
    return asNumber(tag, single(tag));
  }

  int number(int tag, int min, int max) {
    long value = number(tag);
    if (value < min || value > max) {
      throw new PlanDamaged("field " + tag + " is " + value);
    }
    return (int) value;
  }

  boolean flag(int tag) {
    return number(tag, 0, 1) == 1;
  }

  String text(int tag) {
    return new String(single(tag), StandardCharsets.UTF_8);
  }

  /** A field that may be missing; one that is there is not empty. */
  String textOrEmpty(int tag) {
    if (!values.containsKey(tag)) {
      return "";
    }
    String text = text(tag);
    if (text.isEmpty()) {
      throw new PlanDamaged("field " + tag + " is empty");
    }
    return text;
  }

  Instructions code(int tag) {
    return Instructions.of(single(tag));
  }

  <E extends Enum<E> & Coded> Set<E> set(int tag, Class<E> type) {
    return Codes.set(type, number(tag));
  }

  <E extends Enum<E> & Coded> E constant(int tag, Class<E> type) {
    return Codes.constant(type, number(tag));
  }

  List<String> texts(int tag) {
    return all(tag).stream().map(bytes -> new String(bytes, StandardCharsets.UTF_8)).toList();
  }

  List<Long> numbers(int tag) {
    return all(tag).stream().map(bytes -> asNumber(tag, bytes)).toList();
  }

  /** To be called last: what nobody asked for is unknown. */
  void nothingElse() {
    if (!values.isEmpty()) {
      throw new PlanDamaged("fields " + values.keySet() + " are unknown");
    }
  }

  private byte[] single(int tag) {
    List<byte[]> found = all(tag);
    if (found.size() != 1) {
      throw new PlanDamaged("field " + tag + " is there " + found.size() + " times, not once");
    }
    return found.getFirst();
  }

  private List<byte[]> all(int tag) {
    List<byte[]> found = values.remove(tag);
    return found == null ? List.of() : found;
  }

  private static long asNumber(int tag, byte[] bytes) {
    if (bytes.length != Long.BYTES) {
      throw new PlanDamaged("field " + tag + " is no number");
    }
    long value = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      value = value << 8 | Byte.toUnsignedLong(bytes[i]);
    }
    return value;
  }
}
