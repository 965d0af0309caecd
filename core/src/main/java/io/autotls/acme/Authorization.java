package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the CA wants to see for one name, as it showed it at one moment (RFC 8555 §7.1.4). An order
 * for {@code example.com} and {@code *.example.com} has two authorizations with the same
 * identifier, which only {@link #wildcard()} and {@link #url()} tell apart.
 */
public final class Authorization {
  private final URI url;
  private final Identifier identifier;
  private final AuthorizationStatus status;
  private final boolean wildcard;
  private final List<AcmeChallenge> challenges;
  private final @Nullable Instant expires;
  private final @Nullable Duration retryAfter;

  private Authorization(URI url, JsonObject json, @Nullable Duration retryAfter)
      throws MalformedAnswerException {
    JsonObject identifier = json.object("identifier");
    if (identifier == null) {
      throw new MalformedAnswerException("\"identifier\" is missing");
    }
    this.url = url;
    this.identifier = Identifier.parse(identifier);
    this.status = AuthorizationStatus.of(json.requiredString("status"));
    this.wildcard = Boolean.TRUE.equals(json.bool("wildcard"));
    List<AcmeChallenge> challenges = new ArrayList<>();
    for (JsonObject challenge : json.objects("challenges")) {
      try {
        challenges.add(AcmeChallenge.parse(challenge));
      } catch (MalformedAnswerException e) {
        // One that makes no sense does not spoil the others.
      }
    }
    this.challenges = List.copyOf(challenges);
    this.expires = json.instant("expires");
    this.retryAfter = retryAfter;
  }

  static Authorization read(URI url, Reply reply) throws AcmeServerException {
    Duration retryAfter = reply.retryAfter(RetryAfter.MAX_POLL);
    return reply.read(json -> new Authorization(url, json, retryAfter));
  }

  /** The authorization's URL. */
  public URI url() {
    return url;
  }

  /** The name, without {@code *.}. */
  public Identifier identifier() {
    return identifier;
  }

  /** The authorization's state. */
  public AuthorizationStatus status() {
    return status;
  }

  /** Whether it is for the wildcard of {@link #identifier()}. */
  public boolean wildcard() {
    return wildcard;
  }

  /** The ways to convince the CA; one of them is enough. */
  public List<AcmeChallenge> challenges() {
    return challenges;
  }

  /** Whether its name, or the wildcard of it, is one of those of an order. */
  boolean isFor(OrderRequest request) {
    if (identifier.type() == Identifier.Type.OTHER) {
      return false;
    }
    String value = identifier.value();
    String name = value.endsWith(".") ? value.substring(0, value.length() - 1) : value;
    Identifier asWildcard = new Identifier(identifier.type(), "*." + name);
    return request.identifiers().contains(asWildcard)
        || (!wildcard && request.identifiers().contains(new Identifier(identifier.type(), name)));
  }

  /** The challenge of that type, for example {@code http-01}. */
  public Optional<AcmeChallenge> challenge(String type) {
    return challenges.stream().filter(challenge -> challenge.type().equals(type)).findFirst();
  }

  /** When the authorization becomes worthless. */
  public Optional<Instant> expires() {
    return Optional.ofNullable(expires);
  }

  /**
   * When to ask again, counted from now: from one second to one day, whatever the CA said. Empty if
   * it said nothing.
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Identifier and status. */
  @Override
  public String toString() {
    return "Authorization["
        + (wildcard ? "*." : "")
        + identifier.value()
        + ", "
        + status
        + ", "
        + challenges
        + "]";
  }
}
