package io.crij.container.launch;

import io.crij.core.Printable;
import io.crij.cri.Signal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The signal that asks a container to end.
 *
 * @param number as kill(2) takes it on x86-64 and arm64; the numbers of the CRI's enum are others
 */
public record StopSignal(Signal cri, int number) {
  public static final int SIGKILL = 9;
  private static final int RTMIN = 34;
  private static final int RTMAX = 64;

  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1), Map.entry("INT", 2), Map.entry("QUIT", 3), Map.entry("ILL", 4), Map.entry("TRAP", 5),
          Map.entry("ABRT", 6), Map.entry("IOT", 6), Map.entry("BUS", 7), Map.entry("FPE", 8), Map.entry("KILL", 9),
          Map.entry("USR1", 10), Map.entry("SEGV", 11), Map.entry("USR2", 12), Map.entry("PIPE", 13),
          Map.entry("ALRM", 14), Map.entry("TERM", 15), Map.entry("STKFLT", 16), Map.entry("CHLD", 17),
          Map.entry("CLD", 17), Map.entry("CONT", 18), Map.entry("STOP", 19), Map.entry("TSTP", 20),
          Map.entry("TTIN", 21), Map.entry("TTOU", 22), Map.entry("URG", 23), Map.entry("XCPU", 24),
          Map.entry("XFSZ", 25), Map.entry("VTALRM", 26), Map.entry("PROF", 27), Map.entry("WINCH", 28),
          Map.entry("IO", 29), Map.entry("POLL", 29), Map.entry("PWR", 30), Map.entry("SYS", 31),
          Map.entry("RTMIN", RTMIN), Map.entry("RTMAX", RTMAX));

  /** The request's signal, else the image's, else SIGTERM. */
  public static StopSignal of(Signal asked, String ofImage) {
    if (asked == Signal.UNRECOGNIZED) {
      throw Fields.invalid("config.stop_signal", "it is not one of the signals that the CRI names");
    }
    if (asked != Signal.SIGNAL_RUNTIME_DEFAULT) {
      return new StopSignal(asked, number(asked.name().substring("SIGNAL_SIG".length())).orElseThrow());
    }
    if (!ofImage.isEmpty()) {
      return parse(ofImage)
          .orElseThrow(
              () -> Fields.invalid("image stop signal", "'" + Printable.of(ofImage) + "' is not a signal of Linux"));
    }
    return new StopSignal(Signal.SIGNAL_SIGTERM, 15);
  }

  /** A name with or without SIG, {@code RTMIN+n}, {@code RTMAX-n}, or a number. */
  private static Optional<StopSignal> parse(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    String name = (upper.startsWith("SIG") ? upper.substring(3) : upper).replace("+", "PLUS").replace("-", "MINUS");
    OptionalInt number = number(name);
    for (Signal signal : Signal.values()) {
      if (signal == Signal.UNRECOGNIZED || signal == Signal.SIGNAL_RUNTIME_DEFAULT) {
        continue;
      }
      String criName = signal.name().substring("SIGNAL_SIG".length());
      boolean same = number.isEmpty() ? criName.equals(name) : number(criName).equals(number);
      if (same) {
        return Optional.of(new StopSignal(signal, number(criName).orElseThrow()));
      }
    }
    return Optional.empty();
  }

  private static OptionalInt number(String name) {
    Integer known = NUMBERS.get(name);
    if (known != null) {
      return OptionalInt.of(known);
    }
    if (name.startsWith("RTMINPLUS")) {
      return offset(name.substring("RTMINPLUS".length()), RTMIN, 1);
    }
    if (name.startsWith("RTMAXMINUS")) {
      return offset(name.substring("RTMAXMINUS".length()), RTMAX, -1);
    }
    return offset(name, 0, 1);
  }

  private static OptionalInt offset(String digits, int from, int direction) {
    if (digits.isEmpty() || digits.length() > 2 || !digits.chars().allMatch(Character::isDigit)) {
      return OptionalInt.empty();
    }
    int number = from + direction * Integer.parseInt(digits);
    return number >= 1 && number <= RTMAX ? OptionalInt.of(number) : OptionalInt.empty();
  }
}
