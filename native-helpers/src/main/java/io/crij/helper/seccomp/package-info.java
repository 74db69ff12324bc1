/** Seccomp profiles, compiled to classic BPF through libseccomp. */
@NullMarked
package io.crij.helper.seccomp;

import org.jspecify.annotations.NullMarked;
