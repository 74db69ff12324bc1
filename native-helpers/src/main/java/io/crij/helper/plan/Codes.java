package io.crij.helper.plan;

import java.util.EnumSet;
import java.util.Set;

/** From constants to numbers and back. */
final class Codes {
  private Codes() {}

  static <E extends Enum<E> & Coded> long bits(Set<E> constants) {
    long bits = 0;
    for (E constant : constants) {
      bits |= constant.code();
    }
    return bits;
  }

  static <E extends Enum<E> & Coded> Set<E> set(Class<E> type, long bits) {
    EnumSet<E> set = EnumSet.noneOf(type);
    long rest = bits;
    for (E constant : type.getEnumConstants()) {
      if ((bits & constant.code()) != 0) {
        set.add(constant);
        rest &= ~constant.code();
      }
    }
    if (rest != 0) {
      throw new PlanDamaged("0x" + Long.toHexString(rest) + " holds no bit of " + type.getSimpleName());
    }
    return set;
  }

  static <E extends Enum<E> & Coded> E constant(Class<E> type, long code) {
    for (E constant : type.getEnumConstants()) {
      if (constant.code() == code) {
        return constant;
      }
    }
    throw new PlanDamaged(code + " is no " + type.getSimpleName());
  }
}
