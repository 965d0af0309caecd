package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An order as the CA showed it at one moment (RFC 8555 §7.1.3). Act on {@link #status()} and on
 * nothing else: a new order may be {@code ready} already, or an older one for the same names. The
 * authorizations are in no particular order.
 */
public final class Order {
  private static final int MAX_TEXT = 200;

  private final URI url;
  private final OrderStatus status;
  private final List<Identifier> identifiers;
  private final List<URI> authorizations;
  private final URI finalizeUrl;
  private final @Nullable URI certificateUrl;
  private final @Nullable Instant expires;
  private final @Nullable AcmeProblem error;
  private final @Nullable String profile;
  private final @Nullable String replaces;
  private final @Nullable Duration retryAfter;

  private Order(URI url, JsonObject json, @Nullable Duration retryAfter)
      throws MalformedAnswerException {
    this.url = url;
    this.status = OrderStatus.of(json.requiredString("status"));
    List<Identifier> identifiers = new ArrayList<>();
    for (JsonObject identifier : json.objects("identifiers")) {
      identifiers.add(Identifier.parse(identifier));
    }
    this.identifiers = List.copyOf(identifiers);
    this.authorizations = List.copyOf(json.requiredUrls("authorizations"));
    this.finalizeUrl = json.requiredUrl("finalize");
    this.certificateUrl = json.url("certificate");
    this.expires = json.instant("expires");
    JsonObject error = json.object("error");
    this.error = error == null ? null : AcmeProblem.parse(error);
    this.profile = PlainText.lineOrNull(json.string("profile"), MAX_TEXT);
    this.replaces = PlainText.lineOrNull(json.string("replaces"), MAX_TEXT);
    this.retryAfter = retryAfter;
  }

  static Order read(URI url, Reply reply) throws AcmeServerException {
    Duration retryAfter = reply.retryAfter(RetryAfter.MAX_POLL);
    return reply.read(json -> new Order(url, json, retryAfter));
  }

  /** The order's URL: all that has to be kept to find it again. */
  public URI url() {
    return url;
  }

  /** What can be done now. */
  public OrderStatus status() {
    return status;
  }

  /** The names, in no particular order. */
  public List<Identifier> identifiers() {
    return identifiers;
  }

  /** Where the authorizations are; some may be valid already. */
  public List<URI> authorizations() {
    return authorizations;
  }

  /** Where the CSR goes. */
  public URI finalizeUrl() {
    return finalizeUrl;
  }

  /** Where the certificate is, once the order is valid. */
  public Optional<URI> certificateUrl() {
    return Optional.ofNullable(certificateUrl);
  }

  /** When the CA will give up the <em>order</em>. Says nothing about the certificate. */
  public Optional<Instant> expires() {
    return Optional.ofNullable(expires);
  }

  /** Why the order is invalid. */
  public Optional<AcmeProblem> error() {
    return Optional.ofNullable(error);
  }

  /** The profile that the CA applies, if it says so. */
  public Optional<String> profile() {
    return Optional.ofNullable(profile);
  }

  /** The certificate that is replaced, if the CA has accepted that. */
  public Optional<String> replaces() {
    return Optional.ofNullable(replaces);
  }

  /**
   * When to ask again, counted from now: from one second to one day, whatever the CA said. Empty if
   * it said nothing.
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** URL and status. */
  @Override
  public String toString() {
    return "Order[" + Urls.withoutQuery(url) + ", " + status + "]";
  }
}
