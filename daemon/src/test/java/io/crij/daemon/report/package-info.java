@NullMarked
package io.crij.daemon.report;

import org.jspecify.annotations.NullMarked;
