package io.autotls.acme;

import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;

/**
 * Keys for accounts. An account key signs requests and nothing else; a certificate always has a key
 * of its own (RFC 8555 §11.1). EC on P-256, P-384 and P-521 and RSA from 2048 bits will do; Let's
 * Encrypt accepts neither P-521 nor odd RSA sizes.
 */
public final class AcmeKeys {
  private AcmeKeys() {}

  /** A new key on P-256, which every CA accepts (RFC 8555 §6.2). */
  public static KeyPair generate() {
    return generate(new SecureRandom());
  }

  /** A new key on P-256, with the given randomness. */
  public static KeyPair generate(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("this Java runtime has no P-256", e);
    }
  }

  /**
   * The thumbprint of RFC 7638 (SHA-256, base64url), which key authorizations are made of.
   *
   * @throws IllegalArgumentException if the key is neither EC nor RSA
   */
  public static String thumbprint(PublicKey key) {
    return AccountKey.thumbprint(key);
  }
}
