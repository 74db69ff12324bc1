@NullMarked
package io.crij.daemon.cli;

import org.jspecify.annotations.NullMarked;
