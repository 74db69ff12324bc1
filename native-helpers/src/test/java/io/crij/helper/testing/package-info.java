/** Stand-ins for monitors and checks for what is left behind, for the tests of all modules. */
@NullMarked
package io.crij.helper.testing;

import org.jspecify.annotations.NullMarked;
