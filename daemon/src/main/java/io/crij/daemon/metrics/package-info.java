/** What Prometheus finds at the address of the configuration. The only package that knows its client library. */
@NullMarked
package io.crij.daemon.metrics;

import org.jspecify.annotations.NullMarked;
