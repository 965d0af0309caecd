package io.autotls.spi;

import io.autotls.internal.text.Sha256;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a certificate authority wants to see before it believes that we control a name (RFC 8555
 * §8).
 *
 * <p>Two orders may want a proof of the same name at the same time, as those for an ECDSA and an
 * RSA certificate do, and one order for a name and its wildcard does: the token tells their
 * challenges apart, the name does not.
 *
 * <p>Immutable. Solvers get it from AutoTls, and make one themselves only in their tests:
 *
 * <pre>{@code
 * Challenge challenge =
 *     Challenge.builder("dns-01", "example.com").wildcard().token("tok3n", "tok3n.thumbprint").build();
 * }</pre>
 */
public final class Challenge {
  /** So that it is part of a storage key, however its letters are written there. */
  private static final int LONGEST_TOKEN = 150;

  private final String type;
  private final String identifier;
  private final boolean wildcard;
  private final @Nullable String token; // null for types without one
  private final @Nullable String keyAuthorization; // likewise
  private final @Nullable URI accountUrl; // null unless the issuer has accounts with URLs
  private final List<String> issuerDomainNames;
  private final @Nullable String certificateId; // null unless it is for a certificate of AutoTls

  private Challenge(Builder builder) {
    this.type = builder.type;
    this.identifier = builder.identifier;
    this.wildcard = builder.wildcard;
    this.token = builder.token;
    this.keyAuthorization = builder.keyAuthorization;
    this.accountUrl = builder.accountUrl;
    this.issuerDomainNames = List.copyOf(builder.issuerDomainNames);
    this.certificateId = builder.certificateId;
  }

  /**
   * Begins with a challenge that has no token.
   *
   * @param type the challenge type, for example {@code http-01}
   * @param identifier the name in A-labels without {@code *.}, or an IP address in its canonical
   *     form
   */
  public static Builder builder(String type, String identifier) {
    return new Builder(type, identifier);
  }

  /** The challenge type, for example {@code http-01}. */
  public String type() {
    return type;
  }

  /** The name in A-labels without {@code *.}, or an IP address in its canonical form. */
  public String identifier() {
    return identifier;
  }

  /** Whether the certificate is to cover {@code *.identifier}. */
  public boolean wildcard() {
    return wildcard;
  }

  /**
   * The token of the CA: letters, digits, {@code -} and {@code _} only, safe in a path. Empty for
   * types that have none, such as {@code dns-persist-01}; there for {@code http-01}, {@code
   * tls-alpn-01}, {@code dns-01} and {@code dns-account-01}.
   */
  public Optional<String> token() {
    return Optional.ofNullable(token);
  }

  /**
   * The token with the thumbprint of the account key (RFC 8555 §8.1).
   *
   * @throws IllegalStateException if the type has no token
   */
  public String keyAuthorization() {
    if (keyAuthorization == null) {
      throw new IllegalStateException(type + " has no token");
    }
    return keyAuthorization;
  }

  /**
   * The value of the TXT record for {@code dns-01} and {@code dns-account-01}: the SHA-256 digest
   * of the {@linkplain #keyAuthorization key authorization}, base64url (RFC 8555 §8.4).
   *
   * @throws IllegalStateException if the type has no token
   */
  public String dnsValue() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(keyAuthorization()));
  }

  /**
   * The URL of the account that answers, which {@code dns-account-01} and {@code dns-persist-01}
   * put into the record. Empty if the issuer has no such URLs.
   */
  public Optional<URI> accountUrl() {
    return Optional.ofNullable(accountUrl);
  }

  /**
   * The names by which the CA wants to be named in a record of {@code dns-persist-01}; empty for
   * other types.
   */
  public List<String> issuerDomainNames() {
    return issuerDomainNames;
  }

  /**
   * For which certificate this is: the id of its {@code CertificateSpec}. Empty before AutoTls has
   * it presented.
   */
  public Optional<String> certificateId() {
    return Optional.ofNullable(certificateId);
  }

  /** A builder with all that this has. */
  public Builder toBuilder() {
    Builder builder = new Builder(type, identifier);
    builder.wildcard = wildcard;
    builder.token = token;
    builder.keyAuthorization = keyAuthorization;
    builder.accountUrl = accountUrl;
    builder.issuerDomainNames = issuerDomainNames;
    builder.certificateId = certificateId;
    return builder;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Challenge other
        && type.equals(other.type)
        && identifier.equals(other.identifier)
        && wildcard == other.wildcard
        && Objects.equals(token, other.token)
        && Objects.equals(keyAuthorization, other.keyAuthorization)
        && Objects.equals(accountUrl, other.accountUrl)
        && issuerDomainNames.equals(other.issuerDomainNames)
        && Objects.equals(certificateId, other.certificateId);
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, identifier, wildcard, token);
  }

  /** Type and name; neither the token nor what is made of it. */
  @Override
  public String toString() {
    return "Challenge[" + type + ", " + (wildcard ? "*." : "") + identifier + "]";
  }

  /** Whether {@code token} has the form of RFC 8555 §8.1, and a sane length. */
  public static boolean isToken(String token) {
    if (token.isEmpty() || token.length() > LONGEST_TOKEN) {
      return false;
    }
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      boolean base64url =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_';
      if (!base64url) {
        return false;
      }
    }
    return true;
  }

  /** Collects a challenge; not safe for use by many threads. */
  public static final class Builder {
    private final String type;
    private final String identifier;
    private boolean wildcard;
    private @Nullable String token;
    private @Nullable String keyAuthorization;
    private @Nullable URI accountUrl;
    private List<String> issuerDomainNames = List.of();
    private @Nullable String certificateId;

    private Builder(String type, String identifier) {
      this.type = Objects.requireNonNull(type, "type");
      this.identifier = Objects.requireNonNull(identifier, "identifier");
    }

    /** Makes it one for {@code *.identifier}. For the name itself unless called. */
    public Builder wildcard() {
      this.wildcard = true;
      return this;
    }

    /**
     * Sets the token, and what the CA wants to see of it. None unless called.
     *
     * @throws IllegalArgumentException if it has other characters than a token may have
     */
    public Builder token(String token, String keyAuthorization) {
      if (!isToken(token)) {
        // RFC 8555 §8.1: it goes into paths and file names, so nothing else may get through.
        throw new IllegalArgumentException("not a challenge token");
      }
      this.token = token;
      this.keyAuthorization = Objects.requireNonNull(keyAuthorization, "keyAuthorization");
      return this;
    }

    /** Sets {@link Challenge#accountUrl}. None unless called. */
    public Builder accountUrl(URI accountUrl) {
      this.accountUrl = Objects.requireNonNull(accountUrl, "accountUrl");
      return this;
    }

    /** Sets {@link Challenge#issuerDomainNames}. None unless called. */
    public Builder issuerDomainNames(List<String> names) {
      this.issuerDomainNames = List.copyOf(names);
      return this;
    }

    /** Sets {@link Challenge#certificateId}. None unless called. */
    public Builder certificateId(String certificateId) {
      this.certificateId = Objects.requireNonNull(certificateId, "certificateId");
      return this;
    }

    /** The challenge. */
    public Challenge build() {
      return new Challenge(this);
    }
  }
}
