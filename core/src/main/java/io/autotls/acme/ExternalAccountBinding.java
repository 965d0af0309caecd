package io.autotls.acme;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
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

  private static final Pattern BASE64_OF_32_BYTES = Pattern.compile("[A-Za-z0-9+/_-]{43,}={0,2}");

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
   * @param macKey the secret, as the CA gave it: base64url or base64, with or without padding, on
   *     one line or several. Google's {@code gcloud} tool encodes it once too often, which is seen
   *     and undone
   * @throws IllegalArgumentException if either is empty, the key id has characters that none has,
   *     or the secret is not base64
   */
  public static ExternalAccountBinding of(String keyId, String macKey) {
    String id = withoutByteOrderMark(keyId).strip();
    if (id.isEmpty()) {
      throw new IllegalArgumentException("the key id of the external account is empty");
    }
    if (!id.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "the key id of the external account has a space, a line break or a character that is not"
              + " ASCII; copy it again from the CA, without anything around it");
    }
    return new ExternalAccountBinding(id, secret(macKey), MacAlgorithm.HS256);
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

  private static byte[] secret(String macKey) {
    byte[] once = decode(macKey);
    if (once.length == 0) {
      throw new IllegalArgumentException("the secret of the external account is empty");
    }
    String text = new String(once, StandardCharsets.ISO_8859_1).strip();
    return isBase64OfASecret(text) ? decode(text) : once;
  }

  /**
   * Whether somebody encoded what was encoded already. Random bytes do not look like this: that
   * they are letters and digits alone happens once in 2^64 secrets of 32 bytes. A secret that is
   * text of its own, such as hexadecimal digits or words, lacks one of the three kinds.
   */
  private static boolean isBase64OfASecret(String text) {
    return BASE64_OF_32_BYTES.matcher(text).matches()
        && text.chars().anyMatch(c -> c >= 'A' && c <= 'Z')
        && text.chars().anyMatch(c -> c >= 'a' && c <= 'z')
        && text.chars().anyMatch(c -> c >= '0' && c <= '9');
  }

  private static byte[] decode(String macKey) {
    String base64url =
        withoutByteOrderMark(macKey)
            .replaceAll("\\s+", "") // files and mails wrap it
            .replace('+', '-')
            .replace('/', '_')
            .replaceAll("=+$", "");
    if (!base64url.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw notBase64();
    }
    try {
      return Base64.getUrlDecoder().decode(base64url.getBytes(StandardCharsets.US_ASCII));
    } catch (IllegalArgumentException e) {
      throw notBase64(); // without the cause: its message may quote from the secret
    }
  }

  private static IllegalArgumentException notBase64() {
    return new IllegalArgumentException(
        "the secret of the external account is not base64url; copy it again from the CA, without"
            + " quotes or anything else around it");
  }

  /** Editors put one at the beginning of a file. */
  private static String withoutByteOrderMark(String text) {
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  /** The key id and the algorithm; never the secret. */
  @Override
  public String toString() {
    return "ExternalAccountBinding[" + keyId + ", " + algorithm + "]";
  }
}
