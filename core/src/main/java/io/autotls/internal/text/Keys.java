package io.autotls.internal.text;

import io.autotls.KeyType;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Optional;

/** Key pairs: made, and carried through {@link Document documents}. Pure functions. */
public final class Keys {
  /** PEM label of a PKCS #8 private key (RFC 7468 §10). */
  public static final String PRIVATE_KEY = "PRIVATE KEY";

  /** PEM label of a SubjectPublicKeyInfo (RFC 7468 §13). */
  public static final String PUBLIC_KEY = "PUBLIC KEY";

  private static final List<String> ALGORITHMS = List.of("EC", "RSA");

  private Keys() {}

  /** Makes a key pair. Takes 1 ms for EC, up to seconds for RSA with 4096 bits. */
  public static KeyPair generate(KeyType type, SecureRandom random) {
    return switch (type) {
      case EC_P256 -> generate("EC", new ECGenParameterSpec("secp256r1"), random);
      case EC_P384 -> generate("EC", new ECGenParameterSpec("secp384r1"), random);
      case RSA_2048 -> generate("RSA", rsa(2048), random);
      case RSA_3072 -> generate("RSA", rsa(3072), random);
      case RSA_4096 -> generate("RSA", rsa(4096), random);
    };
  }

  private static AlgorithmParameterSpec rsa(int bits) {
    return new RSAKeyGenParameterSpec(bits, RSAKeyGenParameterSpec.F4);
  }

  private static KeyPair generate(
      String algorithm, AlgorithmParameterSpec parameters, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(parameters, random);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("this Java platform cannot make " + algorithm + " keys", e);
    }
  }

  /** Adds both halves to a section. */
  public static void write(Document.Writer writer, KeyPair pair) {
    writer.block(PRIVATE_KEY, pair.getPrivate().getEncoded());
    writer.block(PUBLIC_KEY, pair.getPublic().getEncoded());
  }

  /** The key pair of a section, if both halves are there and make sense. */
  public static Optional<KeyPair> read(Document document, String section) {
    List<byte[]> privates = document.blocks(section, PRIVATE_KEY);
    List<byte[]> publics = document.blocks(section, PUBLIC_KEY);
    if (privates.size() != 1 || publics.size() != 1) {
      return Optional.empty();
    }
    for (String algorithm : ALGORITHMS) {
      try {
        KeyFactory factory = KeyFactory.getInstance(algorithm);
        PublicKey publicKey = factory.generatePublic(new X509EncodedKeySpec(publics.get(0)));
        PrivateKey privateKey = factory.generatePrivate(new PKCS8EncodedKeySpec(privates.get(0)));
        return Optional.of(new KeyPair(publicKey, privateKey));
      } catch (GeneralSecurityException e) {
        // Not this algorithm; the next one may fit.
      }
    }
    return Optional.empty();
  }

  /**
   * The private key in PKCS #8 that belongs to a public key.
   *
   * @throws GeneralSecurityException if it is no key of that algorithm
   */
  public static PrivateKey privateKey(byte[] pkcs8, PublicKey publicKey)
      throws GeneralSecurityException {
    return KeyFactory.getInstance(publicKey.getAlgorithm())
        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }
}
