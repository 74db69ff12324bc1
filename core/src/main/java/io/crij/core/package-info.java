/** What several modules need and none owns: ids, typed errors, undo, record files. A class enters when two modules use it. */
@NullMarked
package io.crij.core;

import org.jspecify.annotations.NullMarked;
