@NullMarked
package io.crij.daemon.metrics;

import org.jspecify.annotations.NullMarked;
