package io.autotls.spi;

import java.util.Objects;

/**
 * What a certificate authority wants to see before it believes that we control a name (RFC 8555
 * §8).
 *
 * @param type the challenge type, for example {@code http-01}
 * @param identifier the name in A-labels without {@code *.}, or an IP address in its canonical form
 * @param wildcard true if the certificate is to cover {@code *.identifier}
 * @param token the token of the CA; only letters, digits, {@code -} and {@code _}
 * @param keyAuthorization the token with the thumbprint of the account key (RFC 8555 §8.1)
 */
public record Challenge(
    String type, String identifier, boolean wildcard, String token, String keyAuthorization) {
  public Challenge {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(identifier, "identifier");
    Objects.requireNonNull(keyAuthorization, "keyAuthorization");
    if (!isToken(token)) {
      // RFC 8555 §8.1: it goes into paths and file names, so nothing else may get through.
      throw new IllegalArgumentException("not a challenge token");
    }
  }

  /** Type and name; neither the token nor what is made of it. */
  @Override
  public String toString() {
    return "Challenge[" + type + ", " + (wildcard ? "*." : "") + identifier + "]";
  }

  /** Whether {@code token} has the form of RFC 8555 §8.1, and a sane length. */
  public static boolean isToken(String token) {
    if (token.isEmpty() || token.length() > 200) {
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
}
