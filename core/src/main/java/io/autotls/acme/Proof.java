package io.autotls.acme;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The answer to one challenge, as it has to be put in place for the CA to see (RFC 8555 §8). */
public final class Proof {
  private final AcmeAccount account;
  private final ProofKey key;
  private final @Nullable Authorization authorization; // null if the CA was not asked for it
  private final @Nullable AcmeChallenge challenge; // likewise

  private Proof(
      AcmeAccount account,
      ProofKey key,
      @Nullable Authorization authorization,
      @Nullable AcmeChallenge challenge) {
    this.account = account;
    this.key = key;
    this.authorization = authorization;
    this.challenge = challenge;
  }

  static Proof of(AcmeAccount account, Authorization authorization, AcmeChallenge challenge) {
    return new Proof(account, ProofKey.of(authorization, challenge), authorization, challenge);
  }

  /** One that was presented, perhaps by another process. */
  static Proof remembered(AcmeAccount account, ProofKey key) {
    return new Proof(account, key, null, null);
  }

  ProofKey key() {
    return key;
  }

  /** The type of the challenge, for example {@code http-01}. */
  public String type() {
    return key.type();
  }

  /** The name, without {@code *.}. */
  public Identifier identifier() {
    return key.identifier();
  }

  /** Whether this is for the wildcard of {@link #identifier()}. */
  public boolean wildcard() {
    return key.scope() == ProofKey.Scope.WILDCARD;
  }

  /**
   * What the CA asked to be proven, with all its challenges, as it was when one was chosen. There
   * when it is presented; may be missing later, if another process presented it.
   */
  public Optional<Authorization> authorization() {
    return Optional.ofNullable(authorization);
  }

  /** What the CA asks; there when it is presented, as {@link #authorization}. */
  public Optional<AcmeChallenge> challenge() {
    return Optional.ofNullable(challenge);
  }

  /** The account that answers. */
  public AcmeAccount account() {
    return account;
  }

  /** The token; empty for types that have none. */
  public Optional<String> token() {
    return Optional.ofNullable(key.token());
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
    return "Proof[" + key + "]";
  }
}
