package io.autotls.acme;

import java.security.KeyPair;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link OrderFlow} works for: an order, the key to be certified, and how to prove control
 * of the names. Keep the key before the first step.
 */
public final class CertificateWish {
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final OrderRequest request;
  private final KeyPair key;
  private final Prover prover;
  private final @Nullable String preferredChain;
  private final Duration patience;

  private CertificateWish(Builder builder) {
    this.request = builder.request;
    this.key = builder.key;
    this.prover = builder.prover;
    this.preferredChain = builder.preferredChain;
    this.patience = builder.patience;
  }

  /**
   * Begins with the defaults.
   *
   * @param key the key pair of the certificate, never that of an account
   */
  public static Builder builder(OrderRequest request, KeyPair key, Prover prover) {
    return new Builder(request, key, prover);
  }

  /** What is ordered. */
  public OrderRequest request() {
    return request;
  }

  /** How control is proved. */
  public Prover prover() {
    return prover;
  }

  /** The name of an issuer that the chain should have. */
  public Optional<String> preferredChain() {
    return Optional.ofNullable(preferredChain);
  }

  KeyPair key() {
    return key;
  }

  Duration patience() {
    return patience;
  }

  /** The names. */
  @Override
  public String toString() {
    return "CertificateWish" + request.identifiers().stream().map(Identifier::value).toList();
  }

  /** Collects a wish. */
  public static final class Builder {
    private final OrderRequest request;
    private final KeyPair key;
    private final Prover prover;
    private @Nullable String preferredChain;
    private Duration patience = PATIENCE;

    private Builder(OrderRequest request, KeyPair key, Prover prover) {
      this.request = request;
      this.key = key;
      this.prover = prover;
    }

    /**
     * Prefers a chain in which an issuer has this common name, the root's included: for example
     * {@code ISRG Root X1}. If the CA has none, or does not hand it out, its default is used. That
     * default unless called.
     */
    public Builder preferredChain(@Nullable String issuerCommonName) {
      this.preferredChain = issuerCommonName;
      return this;
    }

    /**
     * How long each phase may wait for the CA before the order is {@linkplain FlowStep.Parked
     * parked}. 15 minutes unless called.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder patience(Duration patience) {
      if (patience.isNegative() || patience.isZero()) {
        throw new IllegalArgumentException("patience must be positive: " + patience);
      }
      this.patience = patience;
      return this;
    }

    /** The wish. */
    public CertificateWish build() {
      return new CertificateWish(this);
    }
  }
}
