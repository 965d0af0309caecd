package io.autotls.acme;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Binds a new ACME account to one that the user has with the CA already (RFC 8555 §7.3.4). The CA
 * gives out a key id and a secret, usually on its web site. Needed once, when registering.
 */
public final class ExternalAccountBinding {
  /** How the binding is authenticated. Nearly all CAs want {@link #HS256}. */
  public enum MacAlgorithm {
    /** HMAC with SHA-256. */
    HS256("HmacSHA256"),
    /** HMAC with SHA-384. */
    HS384("HmacSHA384"),
    /** HMAC with SHA-512. */
    HS512("HmacSHA512");

    private final String jcaName;

    MacAlgorithm(String jcaName) {
      this.jcaName = jcaName;
    }
  }

  private final String keyId;
  private final byte[] macKey;
  private final MacAlgorithm algorithm;

  private ExternalAccountBinding(String keyId, byte[] macKey, MacAlgorithm algorithm) {
    this.keyId = keyId;
    this.macKey = macKey;
    this.algorithm = algorithm;
  }

  /**
   * A binding with HS256.
   *
   * @param keyId the key id, as the CA gave it
   * @param macKey the secret, as the CA gave it: base64url or base64, with or without padding.
   *     Google's {@code gcloud} tool encodes it once too often; decode its output once
   * @throws IllegalArgumentException if either is empty, or the secret is not base64
   */
  public static ExternalAccountBinding of(String keyId, String macKey) {
    if (keyId.isBlank()) {
      throw new IllegalArgumentException("the key id of the external account is empty");
    }
    return new ExternalAccountBinding(keyId.trim(), decode(macKey), MacAlgorithm.HS256);
  }

  /** The same with another algorithm, for CAs that ask for it. */
  public ExternalAccountBinding withAlgorithm(MacAlgorithm algorithm) {
    return new ExternalAccountBinding(keyId, macKey, algorithm);
  }

  /** The key id, which is not secret. */
  public String keyId() {
    return keyId;
  }

  /** The JWS for {@code externalAccountBinding}: the CA's key vouches for the account's. */
  Map<String, Object> sign(URI newAccount, AccountKey accountKey) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("alg", algorithm.name());
    header.put("kid", keyId);
    header.put("url", newAccount.toString());
    return AccountKey.flattened(header, Json.write(accountKey.jwk()), this::mac);
  }

  byte[] mac(byte[] input) {
    try {
      Mac mac = Mac.getInstance(algorithm.jcaName);
      mac.init(new SecretKeySpec(macKey, algorithm.jcaName));
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + algorithm.jcaName, e);
    }
  }

  private static byte[] decode(String macKey) {
    String base64url = macKey.strip().replace('+', '-').replace('/', '_').replaceAll("=+$", "");
    if (base64url.isEmpty()) {
      throw new IllegalArgumentException("the secret of the external account is empty");
    }
    try {
      return Base64.getUrlDecoder().decode(base64url.getBytes(StandardCharsets.US_ASCII));
    } catch (IllegalArgumentException e) {
      // Without the cause: its message may quote from the secret.
      throw new IllegalArgumentException("the secret of the external account is not base64url");
    }
  }

  /** The key id and the algorithm; never the secret. */
  @Override
  public String toString() {
    return "ExternalAccountBinding[" + keyId + ", " + algorithm + "]";
  }
}
