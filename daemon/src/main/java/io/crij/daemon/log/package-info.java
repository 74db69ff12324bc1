/** The daemon's own log: one line for each event on stderr. */
@NullMarked
package io.crij.daemon.log;

import org.jspecify.annotations.NullMarked;
