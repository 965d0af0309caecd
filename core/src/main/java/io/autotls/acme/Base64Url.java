package io.autotls.acme;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** base64url without padding, the only form that ACME has (RFC 8555 §6.1). */
final class Base64Url {
  private Base64Url() {}

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static String encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }
}
