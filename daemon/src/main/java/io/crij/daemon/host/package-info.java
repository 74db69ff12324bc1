/** What the daemon asks of the machine before it serves: kernel features, folders and locks of its own. */
@NullMarked
package io.crij.daemon.host;

import org.jspecify.annotations.NullMarked;
