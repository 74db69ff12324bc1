/** What OCI runtimes and OCI hooks are told of a container: its bundle and the {@code config.json} in it. */
@NullMarked
package io.crij.container.oci;

import org.jspecify.annotations.NullMarked;
