/** Digests and ciphers of the host's libcrypto, as a provider of the JDK's interfaces. */
@NullMarked
package io.crij.helper.crypto;

import org.jspecify.annotations.NullMarked;
