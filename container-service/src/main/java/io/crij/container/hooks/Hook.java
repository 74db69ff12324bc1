package io.crij.container.hooks;

import io.crij.core.Printable;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A program to be run.
 *
 * @param path absolute
 * @param args {@code args[0]} included; the path where none were given
 * @param env the whole environment, {@code NAME=value}
 * @param timeoutMillis after which it is killed, and has failed
 */
public record Hook(String path, List<String> args, List<String> env, int timeoutMillis) {
  /** For one that says nothing: the peers wait without an end then, and so does whoever wants the container. */
  public static final int DEFAULT_SECONDS = 30;

  /** One that asks for more gets this: kubelet gives up after two minutes, and the launch has its own deadline. */
  public static final int LONGEST_SECONDS = 90;

  private static final int MAX_PATH_BYTES = 4096;
  private static final int MAX_WORDS = 1024;
  private static final int MAX_TEXT_BYTES = 256 << 10;

  /** Where the programs of a node are; a shell script without any PATH finds nothing. Nothing of the daemon's environment gets to a hook. */
  private static final List<String> DEFAULT_ENV = List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  public Hook {
    args = List.copyOf(args);
    env = List.copyOf(env);
  }

  /**
   * A hook as somebody asks for it.
   *
   * @param timeoutSeconds 0 for none given
   * @throws IllegalArgumentException saying what is wrong with it, as the second half of a sentence
   */
  public static Hook of(String path, List<String> args, List<String> env, long timeoutSeconds) {
    if (!path.startsWith("/") || path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new IllegalArgumentException("its path '" + Printable.of(path) + "' is not absolute or longer than " + MAX_PATH_BYTES + " bytes");
    }
    if (timeoutSeconds < 0) {
      throw new IllegalArgumentException("its timeout of " + timeoutSeconds + " s is not above zero");
    }
    check(path, args, env);
    long seconds = timeoutSeconds == 0 ? DEFAULT_SECONDS : Math.min(timeoutSeconds, LONGEST_SECONDS);
    return new Hook(path, args.isEmpty() ? List.of(path) : args, env.isEmpty() ? DEFAULT_ENV : env, (int) seconds * 1000);
  }

  private static void check(String path, List<String> args, List<String> env) {
    long bytes = path.length();
    for (List<String> words : List.of(List.of(path), args, env)) {
      for (String word : words) {
        if (word.indexOf('\0') >= 0) {
          throw new IllegalArgumentException("there is a NUL in its path, arguments or environment");
        }
        bytes += word.length();
      }
    }
    if (args.size() > MAX_WORDS || env.size() > MAX_WORDS || bytes > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("it has more than " + MAX_WORDS + " arguments or variables, or more than " + MAX_TEXT_BYTES + " bytes of them");
    }
    for (String variable : env) {
      if (variable.indexOf('=') < 1) {
        throw new IllegalArgumentException("'" + Printable.of(variable) + "' in its environment is not NAME=value");
      }
    }
  }
}
