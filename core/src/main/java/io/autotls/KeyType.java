package io.autotls;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The kind of private key of a certificate. {@link #EC_P256} unless set otherwise: every client of
 * the last ten years accepts it, and it costs the server a tenth of what RSA does.
 */
public enum KeyType {
  /** ECDSA on the curve P-256. The default. */
  EC_P256("ec-p256", "p256", "ec256", "ecdsa", "ecdsap256", "ecdsa256", "secp256r1", "prime256v1"),
  /** ECDSA on the curve P-384. */
  EC_P384("ec-p384", "p384", "ec384", "ecdsap384", "ecdsa384", "secp384r1"),
  /** RSA with 2048 bits, for very old clients. */
  RSA_2048("rsa-2048", "2048"),
  /** RSA with 3072 bits. */
  RSA_3072("rsa-3072", "3072"),
  /** RSA with 4096 bits: slow handshakes, no gain for certificates of 90 days. */
  RSA_4096("rsa-4096", "4096");

  private final String configName;
  private final Set<String> spellings; // of letters and digits alone

  KeyType(String configName, String... alsoCalled) {
    this.configName = configName;
    Set<String> all = new HashSet<>(Arrays.asList(alsoCalled));
    all.add(configName.replace("-", ""));
    this.spellings = Set.copyOf(all);
  }

  /** The name in the configuration, for example {@code ec-p256}. */
  public String configName() {
    return configName;
  }

  /**
   * The key type of that name, in any case and however it is separated; what other tools call it
   * ({@code RSA4096}, {@code P-256}, {@code secp384r1}) is understood too.
   *
   * @throws IllegalArgumentException if there is none; the message lists those that exist
   */
  public static KeyType ofConfigName(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    for (KeyType type : values()) {
      if (type.spellings.contains(plain)) {
        return type;
      }
    }
    String known =
        Arrays.stream(values()).map(KeyType::configName).collect(Collectors.joining(", "));
    throw new IllegalArgumentException("unknown key type \"" + name + "\"; known are " + known);
  }
}
