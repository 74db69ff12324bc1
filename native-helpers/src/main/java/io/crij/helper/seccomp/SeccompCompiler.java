package io.crij.helper.seccomp;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.helper.plan.Instructions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Seccomp filters for containers, as the {@code struct sock_filter} bytes that a launch plan carries. Each profile is compiled once
 * for each set of capabilities that it is used with.
 */
public final class SeccompCompiler {
  private static final String DEFAULT_PROFILE = "default-profile.json";
  private static final long MAX_PROFILE_BYTES = 1 << 20;
  private static final int KEPT_FILTERS = 64;

  private final KernelVersion kernel = KernelVersion.ofThisNode();
  private final byte[] defaultProfile = readDefault();
  private final Map<String, Compiled> filters =
      new LinkedHashMap<>(KEPT_FILTERS, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Compiled> eldest) {
          return size() > KEPT_FILTERS;
        }
      };

  /** One profile for the kernel, and for runtimes that compile it themselves. */
  private record Compiled(Instructions filter, String ociProfile) {}

  /**
   * The node's own profile.
   *
   * @param capabilities of the container's bounding set, as {@code CAP_SYS_ADMIN}
   * @throws CriException FAILED_PRECONDITION if libseccomp is not installed
   */
  public byte[] runtimeDefault(Set<String> capabilities) {
    return filter(defaultProfile, "RuntimeDefault", capabilities);
  }

  /**
   * A profile that an operator put on the node.
   *
   * @param profile absolute
   * @throws CriException INVALID_ARGUMENT if the file is not there or not a profile
   */
  public byte[] localhost(Path profile, Set<String> capabilities) {
    return filter(read(profile), "'" + profile + "'", capabilities);
  }

  /**
   * A profile that was sent to the daemon.
   *
   * @param json in the form of a file
   * @param origin what to call it in an error
   * @throws CriException INVALID_ARGUMENT if it is not a profile
   */
  public byte[] given(byte[] json, String origin, Set<String> capabilities) {
    return filter(json, origin, capabilities);
  }

  /**
   * What a filter was compiled from, as {@code linux.seccomp} of an OCI {@code config.json}: for a runtime that compiles for itself.
   *
   * @param filter one of those that were compiled last
   * @throws CriException INTERNAL if it is not among them
   */
  public synchronized String ociProfile(Instructions filter) {
    for (Compiled known : filters.values()) {
      if (known.filter.equals(filter)) {
        return known.ociProfile;
      }
    }
    throw CriException.internal("The seccomp profile of a launch plan is not known any more; try again.", null);
  }

  private synchronized byte[] filter(byte[] json, String origin, Set<String> capabilities) {
    String key = sha256(json) + new TreeSet<>(capabilities);
    Compiled known = filters.get(key);
    if (known == null) {
      ProfileCompiler compiler = new ProfileCompiler(SeccompProfile.parse(json, origin), origin);
      known = new Compiled(Instructions.of(compiler.compile(capabilities, kernel)), compiler.ociProfile(capabilities, kernel));
      filters.put(key, known);
    }
    return known.filter.toByteArray();
  }

  private static byte[] read(Path profile) {
    try {
      // What is longer is not a profile; a device or a pipe has no size, and only a regular file is read.
      if (!Files.isRegularFile(profile) || Files.size(profile) > MAX_PROFILE_BYTES) {
        throw CriException.invalid(
            "The seccomp profile '" + profile + "' is not there, not a file, or larger than 1 MiB; put it on the node.");
      }
      return Files.readAllBytes(profile);
    } catch (NoSuchFileException e) {
      throw new CriException(
          ErrorCode.INVALID_ARGUMENT, "The seccomp profile '" + profile + "' is not on the node.", e);
    } catch (IOException e) {
      throw CriException.internal("The seccomp profile '" + profile + "' cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private static byte[] readDefault() {
    try (InputStream in = SeccompCompiler.class.getResourceAsStream(DEFAULT_PROFILE)) {
      if (in == null) {
        throw new IllegalStateException("the build left out " + DEFAULT_PROFILE);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the profile in our own archive cannot be read", e);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
