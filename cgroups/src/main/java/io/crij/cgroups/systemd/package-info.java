/** systemd as the owner of cgroups: slices for pods, transient scopes for containers, over the system bus. */
@org.jspecify.annotations.NullMarked
package io.crij.cgroups.systemd;
