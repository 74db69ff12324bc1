/**
 * HTTP for pulls, on plain blocking sockets. It hands bytes from the socket to the reader without a queue between, bounds all that a
 * server can make it keep, and gives each wait a deadline. Why it is not one of the JDK's clients: {@code docs/decisions/0007}.
 */
@NullMarked
package io.crij.image.http;

import org.jspecify.annotations.NullMarked;
