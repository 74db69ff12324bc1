/** Traces of calls, sent to a collector of OpenTelemetry. Nothing of it is loaded where none is configured. */
@NullMarked
package io.crij.daemon.trace;

import org.jspecify.annotations.NullMarked;
