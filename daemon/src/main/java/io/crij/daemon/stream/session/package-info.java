/** The conversations of Kubernetes' streaming protocols, whatever transport brings the streams. */
@NullMarked
package io.crij.daemon.stream.session;

import org.jspecify.annotations.NullMarked;
