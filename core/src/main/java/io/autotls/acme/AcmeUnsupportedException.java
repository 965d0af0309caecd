package io.autotls.acme;

import java.net.URI;

/** The CA does not offer this. Asking again is useless until the CA changes. */
public final class AcmeUnsupportedException extends AcmeException {
  private static final long serialVersionUID = 1L;

  AcmeUnsupportedException(String message, URI directory) {
    super(message, directory, null, null, null);
  }
}
