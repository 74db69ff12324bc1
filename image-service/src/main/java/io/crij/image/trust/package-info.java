/** Which images this node takes: policies as containers-policy.json(5) has them, and signatures as cosign makes them. */
@NullMarked
package io.crij.image.trust;

import org.jspecify.annotations.NullMarked;
