package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.IssuedCertificate;
import io.autotls.testing.ca.internal.acme.Settings;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What the CA says about renewal (RFC 9773), certificate by certificate. See {@link
 * TestCa#renewalInfo()}.
 *
 * <p>Unless a test says otherwise, the window lies around two thirds of the lifetime, one percent
 * to either side, and has passed for a certificate that is revoked.
 */
public final class RenewalScript {
  private final Settings settings;
  private final BiConsumer<X509Certificate, Consumer<IssuedCertificate>> certificates;

  RenewalScript(
      Settings settings, BiConsumer<X509Certificate, Consumer<IssuedCertificate>> certificates) {
    this.settings = settings;
    this.certificates = certificates;
  }

  /** Sets the window of a certificate; even one that ends before it starts, or lasts ten years. */
  public void window(X509Certificate certificate, Instant start, Instant end) {
    certificates.accept(certificate, issued -> issued.renewalWindow(start, end, null));
  }

  /** Sets the window of a certificate, and where the reason is explained. */
  public void window(X509Certificate certificate, Instant start, Instant end, URI explanation) {
    String url = explanation.toString();
    certificates.accept(certificate, issued -> issued.renewalWindow(start, end, url));
  }

  /** Sets a window that has passed, as before a mass revocation: renew at once. */
  public void past(X509Certificate certificate) {
    Instant now = time().instant();
    window(certificate, now.minus(Duration.ofHours(2)), now.minus(Duration.ofHours(1)));
  }

  /** Sets a window that ends before it starts, which a client must take for no answer. */
  public void reversed(X509Certificate certificate) {
    Instant now = time().instant();
    window(certificate, now.plus(Duration.ofHours(1)), now.minus(Duration.ofHours(1)));
  }

  /** Answers with exactly this text as JSON, well-formed or not. */
  public void body(X509Certificate certificate, String text) {
    HttpResponse response = HttpResponse.of(200, "application/json", text);
    certificates.accept(certificate, issued -> issued.renewalInfo(response));
  }

  /** Answers 404, as CAs do for certificates which they no longer remember. */
  public void unknown(X509Certificate certificate) {
    HttpResponse response =
        ProblemDocument.of(404, "malformed", "no certificate has this id")
            .toResponse(time().instant());
    certificates.accept(certificate, issued -> issued.renewalInfo(response));
  }

  /** Ends what a test said about a certificate. */
  public void standard(X509Certificate certificate) {
    certificates.accept(certificate, issued -> issued.renewalInfo(null));
  }

  /** Sets when to ask again; after six hours unless set. */
  public void retryAfter(RetryAfter value) {
    settings.retryAfter(Endpoint.RENEWAL_INFO, value);
  }

  /** Refuses all orders with {@code replaces}, such as with 409 {@code alreadyReplaced}. */
  public void refuseReplaces(ProblemDocument problem) {
    settings.replacesRefusal(problem::at);
  }

  /** Ends {@link #refuseReplaces}: {@code replaces} is judged as RFC 9773 §5 says. */
  public void acceptReplaces() {
    settings.replacesRefusal(null);
  }

  private InstantSource time() {
    return settings.fixed().time();
  }
}
