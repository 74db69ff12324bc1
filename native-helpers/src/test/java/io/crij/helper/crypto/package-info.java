@NullMarked
package io.crij.helper.crypto;

import org.jspecify.annotations.NullMarked;
