/** The Java side of {@code crij-pod}: launch plans, births of monitors and programs, and the talk with monitors. See PROTOCOL.md. */
@NullMarked
package io.crij.helper;

import org.jspecify.annotations.NullMarked;
