/** The node's configuration: TOML with drop-ins, overlaid by the command line; every mistake is reported at once. */
@NullMarked
package io.crij.daemon.config;

import org.jspecify.annotations.NullMarked;
