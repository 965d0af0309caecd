package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An order as the CA described it once (RFC 8555 §7.1.3). Immutable: ask {@link AcmeAccount#order} for
 * news.
 */
public final class Order {
  private static final int MAX_IDENTIFIERS = 1_000;

  private final URI url;
  private final OrderStatus status;
  private final List<Identifier> identifiers;
  private final List<URI> authorizations;
  private final URI finalizeUrl;
  private final @Nullable Instant expires;
  private final @Nullable Problem error;
  private final @Nullable URI certificate;
  private final @Nullable Duration retryAfter;

  private Order(URI url, JsonObject json, @Nullable Duration retryAfter)
      throws MalformedAnswerException {
    this.url = url;
    this.status = OrderStatus.of(json.string("status"));
    List<Identifier> parsed = new ArrayList<>();
    for (JsonObject identifier : json.objects("identifiers")) {
      parsed.add(Identifier.parse(identifier));
    }
    this.identifiers = List.copyOf(parsed);
    this.authorizations = List.copyOf(json.requiredUrls("authorizations"));
    if (parsed.size() > MAX_IDENTIFIERS || authorizations.size() > MAX_IDENTIFIERS) {
      throw new MalformedAnswerException("the order has more than 1,000 identifiers");
    }
    this.finalizeUrl = json.requiredUrl("finalize");
    this.expires = json.instant("expires");
    JsonObject problem = json.object("error");
    this.error = problem == null ? null : Problem.parse(problem);
    this.certificate = json.url("certificate");
    this.retryAfter = retryAfter;
  }

  static Order parse(URI url, JsonObject json, @Nullable Duration retryAfter)
      throws MalformedAnswerException {
    return new Order(url, json, retryAfter);
  }

  /** Names the order; keep it to come back to the order later. */
  public URI url() {
    return url;
  }

  /** How far it is. */
  public OrderStatus status() {
    return status;
  }

  /** What it is for, in the order of the CA, which may be any. */
  public List<Identifier> identifiers() {
    return identifiers;
  }

  /** One for each identifier that has to be proven, in any order. */
  public List<URI> authorizations() {
    return authorizations;
  }

  URI finalizeUrl() {
    return finalizeUrl;
  }

  /** When the CA forgets the order; says nothing of the certificate. */
  public Optional<Instant> expires() {
    return Optional.ofNullable(expires);
  }

  /** Why it is invalid, if the CA says so here. */
  public Optional<Problem> error() {
    return Optional.ofNullable(error);
  }

  /** Where the certificate is, once the order is valid. */
  public Optional<URI> certificate() {
    return Optional.ofNullable(certificate);
  }

  /** How long the CA wants to be left alone before it is asked again (§7.4). */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  @Override
  public String toString() {
    return "Order[" + url + ", " + status + "]";
  }
}
