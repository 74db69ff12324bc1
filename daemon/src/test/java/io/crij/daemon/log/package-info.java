@NullMarked
package io.crij.daemon.log;

import org.jspecify.annotations.NullMarked;
