package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.FlowSettings;
import io.autotls.testing.ca.internal.acme.FlowSettings.Birth;
import io.autotls.testing.ca.internal.acme.FlowSettings.Failure;
import io.autotls.testing.ca.internal.acme.FlowSettings.Retries;
import java.time.Duration;

/**
 * How orders go their way from birth to the certificate, within what RFC 8555 allows. See {@link
 * TestCa#flow()}.
 *
 * <pre>{@code
 * ca.flow().holdIssuance();      // orders are processing, and stay so
 * ca.flow().releaseIssuance();   // now they become valid
 * }</pre>
 */
public final class OrderScript {
  private final FlowSettings settings;

  OrderScript(FlowSettings settings) {
    this.settings = settings;
  }

  /** New orders are {@code pending} with authorizations to be proven. So it is unless set. */
  public void ordersAreBornPending() {
    settings.birth(Birth.PENDING);
  }

  /** New orders are {@code ready}: all their authorizations are valid from the beginning. */
  public void ordersAreBornReady() {
    settings.birth(Birth.READY);
  }

  /**
   * newOrder answers with an earlier order of the account for the same names if it is {@code
   * valid}, with its certificate.
   */
  public void ordersAreBornValid() {
    settings.birth(Birth.EARLIER);
  }

  /**
   * Puts authorizations that the account has already into this share of the places in new orders
   * where that is possible; which ones depends on {@link TestCaBuilder#seed} only. None unless set.
   */
  public void reuseAuthorizations(double share) {
    settings.reusedAuthorizations(TestCaBuilder.share(share));
  }

  /** Leaves an authorization {@code pending} when its challenge fails, as step-ca does. */
  public void failedAuthorizationsStayPending() {
    settings.failure(Failure.LEAVES_IT_PENDING);
  }

  /**
   * Looks again after a failed validation, this many times, each after a pause on the CA's {@link
   * Scheduler} (RFC 8555 §8.2). Meanwhile the challenge is {@code processing} and tells the last
   * error; a client that sends its answer again makes the CA look at once. Never unless set.
   */
  public void validationRetries(int count, Duration pause) {
    if (count < 0) {
      throw new IllegalArgumentException("count must not be negative: " + count);
    }
    settings.retries(new Retries(count, TestCaBuilder.positive("pause", pause)));
  }

  /** Looks at no challenge until {@link #releaseValidation()}: authorizations stay pending. */
  public void holdValidation() {
    settings.validations().close();
  }

  /** Looks, on the calling thread, at what has waited, and at all later challenges as usual. */
  public void releaseValidation() {
    settings.validations().open();
  }

  /** Issues nothing until {@link #releaseIssuance()}: finalized orders stay processing. */
  public void holdIssuance() {
    settings.issuances().close();
  }

  /** Issues, on the calling thread, what has waited, and all later certificates as usual. */
  public void releaseIssuance() {
    settings.issuances().open();
  }
}
