/** Images as files: OCI image layouts and Docker's archives, read from strangers and written. What an image is, the package above knows. */
@NullMarked
package io.crij.image.archive;

import org.jspecify.annotations.NullMarked;
