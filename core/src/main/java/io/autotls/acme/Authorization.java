package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** What the CA thinks of our control of one identifier (RFC 8555 §7.1.4). Immutable. */
public final class Authorization {
  private final URI url;
  private final Identifier identifier;
  private final AuthorizationStatus status;
  private final boolean wildcard;
  private final List<Challenge> challenges;

  private Authorization(URI url, JsonObject json) throws MalformedAnswerException {
    this.url = url;
    JsonObject about = json.object("identifier");
    if (about == null) {
      throw new MalformedAnswerException("\"identifier\" is missing");
    }
    this.identifier = Identifier.parse(about);
    this.status = AuthorizationStatus.of(json.string("status"));
    this.wildcard = Boolean.TRUE.equals(json.bool("wildcard"));
    List<Challenge> parsed = new ArrayList<>();
    for (JsonObject challenge : json.objects("challenges")) {
      try {
        parsed.add(Challenge.parse(challenge));
      } catch (MalformedAnswerException e) {
        // One that makes no sense to us does not spoil the others.
      }
    }
    this.challenges = List.copyOf(parsed);
  }

  static Authorization parse(URI url, JsonObject json) throws MalformedAnswerException {
    return new Authorization(url, json);
  }

  /** Names the authorization. */
  public URI url() {
    return url;
  }

  /** What is to be proven; for a wildcard without {@code *.}. */
  public Identifier identifier() {
    return identifier;
  }

  /** How far it is. */
  public AuthorizationStatus status() {
    return status;
  }

  /** Whether it is for {@code *.identifier}. */
  public boolean wildcard() {
    return wildcard;
  }

  /** The ways to prove it; one is enough. */
  public List<Challenge> challenges() {
    return challenges;
  }

  @Override
  public String toString() {
    return "Authorization[" + identifier.value() + ", " + status + "]";
  }
}
