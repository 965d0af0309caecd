package io.autotls.acme;

import java.util.Optional;

/** The answer to one challenge, as it has to be put in place for the CA to see (RFC 8555 §8). */
public final class Proof {
  private final AcmeAccount account;
  private final Authorization authorization;
  private final Challenge challenge;

  Proof(AcmeAccount account, Authorization authorization, Challenge challenge) {
    this.account = account;
    this.authorization = authorization;
    this.challenge = challenge;
  }

  /** The type of the challenge, for example {@code http-01}. */
  public String type() {
    return challenge.type();
  }

  /** The name, without {@code *.}. */
  public Identifier identifier() {
    return authorization.identifier();
  }

  /** Whether this is for the wildcard of {@link #identifier()}. */
  public boolean wildcard() {
    return authorization.wildcard();
  }

  /** What the CA asked to be proven, with all its challenges, as it was when one was chosen. */
  public Authorization authorization() {
    return authorization;
  }

  /** What the CA asks. */
  public Challenge challenge() {
    return challenge;
  }

  /** The account that answers. */
  public AcmeAccount account() {
    return account;
  }

  /** The token; empty for types that have none. */
  public Optional<String> token() {
    return challenge.token();
  }

  /**
   * The token with the thumbprint of the account's key (RFC 8555 §8.1): what HTTP-01 serves at
   * {@code /.well-known/acme-challenge/<token>}.
   *
   * @throws IllegalStateException if the type has no token
   */
  public String keyAuthorization() {
    return account.keyAuthorization(
        token().orElseThrow(() -> new IllegalStateException(type() + " has no token")));
  }

  /** Name and type, without the token. */
  @Override
  public String toString() {
    return "Proof[" + (wildcard() ? "*." : "") + identifier().value() + ", " + type() + "]";
  }
}
