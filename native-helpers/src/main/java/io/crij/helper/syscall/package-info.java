/**
 * System calls that the JVM makes itself, where the JDK has no name for them: everything relative to an open folder, extended
 * attributes as bytes, device nodes, whole-filesystem sync. Names are bytes, as the kernel has them. One Java method per call,
 * no policy; a failure is a {@link io.crij.helper.syscall.SyscallException} with its errno. Calls block their carrier: do
 * long work with them on platform threads.
 */
@NullMarked
package io.crij.helper.syscall;

import org.jspecify.annotations.NullMarked;
