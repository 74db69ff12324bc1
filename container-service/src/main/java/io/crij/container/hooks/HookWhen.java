package io.crij.container.hooks;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Which containers get a hook: those for which all that is said is true; nobody if nothing is said. */
record HookWhen(Wish always, Map<Pattern, Pattern> annotations, List<Pattern> commands, Wish hasBindMounts) {
  /** A pattern of the operator's may be slow on a text that a pod's author chose. */
  private static final int MAX_STEPS = 1_000_000;

  enum Wish {
    NOT_SAID,
    YES,
    NO
  }

  /** @throws IllegalArgumentException for a pattern that takes too long */
  boolean matches(HooksFolders.About container) {
    if (always == Wish.NO || hasBindMounts == Wish.NO || (hasBindMounts == Wish.YES && !container.hasBindMounts())) {
      return false;
    }
    for (Map.Entry<Pattern, Pattern> asked : annotations.entrySet()) {
      if (container.annotations().entrySet().stream().noneMatch(has -> found(asked.getKey(), has.getKey()) && found(asked.getValue(), has.getValue()))) {
        return false;
      }
    }
    if (!commands.isEmpty() && commands.stream().noneMatch(command -> found(command, container.command()))) {
      return false;
    }
    return always == Wish.YES || hasBindMounts == Wish.YES || !annotations.isEmpty() || !commands.isEmpty();
  }

  /** Anywhere in the text, as its other readers have it. */
  private static boolean found(Pattern pattern, String text) {
    try {
      return pattern.matcher(new Counted(text, new int[] {MAX_STEPS})).find();
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("the pattern '" + pattern + "' cannot be tried on a long text", e);
    }
  }

  /** A text that can be looked at so often only. */
  private record Counted(CharSequence text, int[] left) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (left[0]-- <= 0) {
        throw new IllegalArgumentException("one of its patterns takes too long");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), left);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
