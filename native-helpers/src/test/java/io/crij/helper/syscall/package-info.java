@NullMarked
package io.crij.helper.syscall;

import org.jspecify.annotations.NullMarked;
