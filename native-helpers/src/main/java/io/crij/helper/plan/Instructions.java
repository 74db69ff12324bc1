package io.crij.helper.plan;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Machine code of the kernel's BPF machines: immutable bytes with value equality, 8 bytes an instruction. */
public final class Instructions {
  private final byte[] code;

  private Instructions(byte[] code) {
    this.code = code;
  }

  public static Instructions of(byte[] code) {
    return new Instructions(code.clone());
  }

  public byte[] toByteArray() {
    return code.clone();
  }

  /** In bytes. */
  public int length() {
    return code.length;
  }

  /** The SHA-256 of the code in hex, to tell two programs apart where printing them helps nobody. */
  public String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(code));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Without a copy, for the encoder. */
  byte[] shared() {
    return code;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Instructions that && Arrays.equals(code, that.code);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(code);
  }

  @Override
  public String toString() {
    return code.length + " bytes, sha256 " + sha256();
  }
}
