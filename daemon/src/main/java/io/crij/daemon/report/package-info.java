/** What a person asks who looks after a node: how is it, what does this pod wait for, where did its time go. */
@NullMarked
package io.crij.daemon.report;

import org.jspecify.annotations.NullMarked;
