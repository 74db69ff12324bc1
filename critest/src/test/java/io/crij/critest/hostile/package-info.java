/** Registries and images made to do harm, against a daemon as it runs on a node: what it answers, and what is left of it. */
@NullMarked
package io.crij.critest.hostile;

import org.jspecify.annotations.NullMarked;
