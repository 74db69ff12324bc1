package io.crij.helper.plan;

/** A constant with a number of the kernel's or of PROTOCOL.md's. */
interface Coded {
  long code();
}
