package io.autotls.spi;

import java.io.IOException;

/**
 * This node was too slow, and another one may have taken over what it works on. Nothing is wrong:
 * whoever has the right now goes on from what is stored.
 */
public class LeaseLostException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception; {@code what} names what is worked on. */
  public LeaseLostException(String what) {
    super("the lease of " + what + " was lost; another node may work on it now");
  }
}
