package io.autotls;

/**
 * The kind of private key of a certificate. {@link #EC_P256} unless set otherwise: every client of
 * the last ten years accepts it, and it costs the server a tenth of what RSA does.
 */
public enum KeyType {
  /** ECDSA on the curve P-256. The default. */
  EC_P256("ec-p256"),
  /** ECDSA on the curve P-384. */
  EC_P384("ec-p384"),
  /** RSA with 2048 bits, for very old clients. */
  RSA_2048("rsa-2048"),
  /** RSA with 3072 bits. */
  RSA_3072("rsa-3072"),
  /** RSA with 4096 bits: slow handshakes, no gain for certificates of 90 days. */
  RSA_4096("rsa-4096");

  private final String configName;

  KeyType(String configName) {
    this.configName = configName;
  }

  /** The name in the configuration, for example {@code ec-p256}. */
  public String configName() {
    return configName;
  }

  /**
   * The key type of that name.
   *
   * @throws IllegalArgumentException if there is none; the message lists those that exist
   */
  public static KeyType ofConfigName(String name) {
    StringBuilder known = new StringBuilder();
    for (KeyType type : values()) {
      if (type.configName.equals(name)) {
        return type;
      }
      known.append(known.length() == 0 ? "" : ", ").append(type.configName);
    }
    throw new IllegalArgumentException("unknown key type \"" + name + "\"; known are " + known);
  }
}
