/**
 * Pods: run, stop, remove, status, list. One class per RPC; what is on disk is a {@link io.crij.sandbox.SandboxRecord}, what
 * is asked for all the time is answered from {@link io.crij.sandbox.SandboxStore} in memory.
 */
@NullMarked
package io.crij.sandbox;

import org.jspecify.annotations.NullMarked;
