package io.crij.image.http;

import java.net.ConnectException;

/** A server named another one whose address no stranger may send us to. */
public final class ForbiddenAddressException extends ConnectException {
  private static final long serialVersionUID = 1;

  ForbiddenAddressException(String address) {
    super("the address " + address + " is not one that a server may send us to");
  }
}
