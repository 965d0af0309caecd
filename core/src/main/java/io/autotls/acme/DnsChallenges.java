package io.autotls.acme;

import io.autotls.internal.text.Sha256;
import java.net.URI;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The TXT records that prove control of a name in the DNS. Several values may stand at one name,
 * for example for a name and its wildcard: add and remove your own, and leave the others alone.
 */
public final class DnsChallenges {
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  private DnsChallenges() {}

  /** Whether {@code *.name} is covered by a record of dns-persist-01. */
  public enum Scope {
    /** The name alone. */
    NAME,
    /** The name and its wildcards. */
    WILDCARD
  }

  /** Where the record of dns-01 is (RFC 8555 §8.4), without a dot at the end. */
  public static String dns01Name(Identifier identifier) {
    return "_acme-challenge." + domain(identifier);
  }

  /** The value for dns-01 and dns-account-01: the hash of the key authorization. */
  public static String value(String keyAuthorization) {
    return Base64Url.encode(Sha256.of(keyAuthorization));
  }

  /**
   * Where the record of dns-account-01 is (draft-ietf-acme-dns-account-label-03): a place of its
   * own for each account, so that several parties can prove the same name.
   */
  public static String dnsAccount01Name(URI account, Identifier identifier) {
    byte[] hash = Sha256.of(account.toString());
    return "_" + base32(hash, 10) + "._acme-challenge." + domain(identifier);
  }

  /** Where the record of dns-persist-01 is; it stays there. */
  public static String dnsPersist01Name(Identifier identifier) {
    return "_validation-persist." + domain(identifier);
  }

  /**
   * The value of dns-persist-01 as drafts -00 and -01 of draft-ietf-acme-dns-persist have it, which
   * is what Pebble speaks. A later draft is not compatible: find out what your CA wants. The value
   * may be longer than the 255 bytes of one character-string.
   *
   * @param issuer one of {@link AcmeChallenge#issuerDomainNames()}, or else of {@link
   *     Directory#caaIdentities()}
   * @param until when the permission ends; null for never
   */
  public static String dnsPersist01Value(
      String issuer, URI account, Scope scope, @Nullable Instant until) {
    StringBuilder value = new StringBuilder(issuer).append("; accounturi=").append(account);
    if (scope == Scope.WILDCARD) {
      value.append("; policy=wildcard");
    }
    if (until != null) {
      value.append("; persistUntil=").append(until.getEpochSecond());
    }
    return value.toString();
  }

  private static String domain(Identifier identifier) {
    if (identifier.type() != Identifier.Type.DNS) {
      throw new IllegalArgumentException("only names are proved in the DNS, not " + identifier);
    }
    String name = identifier.value().toLowerCase(Locale.ROOT);
    return name.startsWith("*.") ? name.substring(2) : name;
  }

  /** RFC 4648 §6 in lower case; {@code bytes} is a multiple of five, so nothing is padded. */
  private static String base32(byte[] hash, int bytes) {
    StringBuilder text = new StringBuilder();
    int bits = 0;
    int count = 0;
    for (int i = 0; i < bytes; i++) {
      bits = (bits << 8 | hash[i] & 0xff) & 0xfff;
      count += 8;
      while (count >= 5) {
        count -= 5;
        text.append(BASE32.charAt(bits >> count & 31));
      }
    }
    return text.toString();
  }
}
