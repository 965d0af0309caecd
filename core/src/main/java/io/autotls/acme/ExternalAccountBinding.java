package io.autotls.acme;

import java.util.Base64;
import java.util.Objects;

/**
 * Ties an ACME account to an account that exists at the CA already (RFC 8555 §7.3.4). The CA hands out
 * both values, for example in its dashboard. Immutable; {@link #toString()} hides the secret.
 */
public final class ExternalAccountBinding {
  private final String keyId;
  private final byte[] secret;

  private ExternalAccountBinding(String keyId, byte[] secret) {
    this.keyId = keyId;
    this.secret = secret;
  }

  /**
   * Takes the values as the CA hands them out.
   *
   * @param keyId the key identifier
   * @param encodedSecret the MAC key in base64url, or in base64; padding is accepted
   * @throws IllegalArgumentException if the secret is neither; the message does not show it
   */
  public static ExternalAccountBinding of(String keyId, String encodedSecret) {
    Objects.requireNonNull(keyId, "keyId");
    String base64url =
        encodedSecret.strip().replace('+', '-').replace('/', '_').replaceAll("=+$", "");
    byte[] secret;
    try {
      secret = Base64.getUrlDecoder().decode(base64url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the binding's MAC key is not base64url");
    }
    if (keyId.isBlank() || secret.length == 0) {
      throw new IllegalArgumentException("the binding's key identifier or MAC key is empty");
    }
    return new ExternalAccountBinding(keyId.strip(), secret);
  }

  /** The key identifier. */
  public String keyId() {
    return keyId;
  }

  byte[] secret() {
    return secret.clone();
  }

  @Override
  public String toString() {
    return "ExternalAccountBinding[" + keyId + "]";
  }
}
