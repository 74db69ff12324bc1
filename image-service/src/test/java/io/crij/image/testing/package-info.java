/** What tests of other modules use too. */
@NullMarked
package io.crij.image.testing;

import org.jspecify.annotations.NullMarked;
