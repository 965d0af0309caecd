package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Repeats a request that the CA could not answer, a few times. Each repetition is made anew, with
 * its own nonce and signature.
 */
final class Repeats {
  private final BackOff backOff;
  private final @Nullable Waiter waiter; // null: nothing is repeated

  Repeats(BackOff backOff, @Nullable Waiter waiter) {
    this.backOff = backOff;
    this.waiter = waiter;
  }

  /** A request that changes nothing: repeated after a lost answer too. */
  Reply of(URI url, Request reading) throws AcmeException {
    for (int failures = 0; ; failures++) {
      try {
        return reading.send();
      } catch (AcmeException e) {
        pauseOrThrow(url, failures, e);
      }
    }
  }

  /**
   * A request that may change something: repeated only if there was an answer, which says that
   * nothing was done, or if nothing was sent. Who lost an answer has to look first.
   */
  Reply ofChange(URI url, Request change) throws AcmeException {
    for (int failures = 0; ; failures++) {
      try {
        return change.send();
      } catch (AcmeNetworkException e) {
        if (e.kind() != AcmeNetworkException.Kind.UNREACHABLE) {
          throw e;
        }
        pauseOrThrow(url, failures, e);
      } catch (AcmeException e) {
        pauseOrThrow(url, failures, e);
      }
    }
  }

  private void pauseOrThrow(URI url, int failures, AcmeException e) throws AcmeException {
    Duration pause = waiter == null ? null : backOff.repeat(failures, e);
    if (waiter == null || pause == null) {
      throw e;
    }
    try {
      waiter.await(pause);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw AcmeNetworkException.cancelled(url, interrupt);
    }
  }

  /** One exchange with the CA. */
  @FunctionalInterface
  interface Request {
    Reply send() throws AcmeException;
  }
}
