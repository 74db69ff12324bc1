/** The control groups of pods and containers: found by looking, made, limited, read, killed and removed through cgroupfs. */
@NullMarked
package io.crij.cgroups;

import org.jspecify.annotations.NullMarked;
