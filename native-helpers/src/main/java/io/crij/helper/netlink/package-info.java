/** Questions to the kernel's network side over netlink(7). */
@NullMarked
package io.crij.helper.netlink;

import org.jspecify.annotations.NullMarked;
