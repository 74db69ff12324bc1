/**
 * The Node Resource Interface: plugins that are told of pods and containers and may adjust them. Where a sandbox or a container
 * changes, {@link io.crij.nri.Nri} is called; what plugins ask for comes back through {@link io.crij.nri.Node}.
 */
@NullMarked
package io.crij.nri;

import org.jspecify.annotations.NullMarked;
