package io.autotls.acme;

import java.net.URI;

/**
 * The answers to the challenges of an order could not be seen for more than a day, by what the
 * {@link Prover} says. The CA was not told to look. Only a new order helps, after what keeps them
 * from being seen has been mended.
 */
public final class AcmeUnseenAnswersException extends AcmeException {
  private static final long serialVersionUID = 1L;

  AcmeUnseenAnswersException(URI order, String reason) {
    super(
        "The order was given up, and the CA was not told to look: for more than a day the answers to"
            + " its challenges could not be seen: "
            + reason
            + ".",
        order,
        null,
        null,
        null);
  }
}
