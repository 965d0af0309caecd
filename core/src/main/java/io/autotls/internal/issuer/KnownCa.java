package io.autotls.internal.issuer;

import java.net.URI;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The CAs that have a name. Each has terms of service. */
public enum KnownCa {
  LETS_ENCRYPT("letsencrypt", "Let's Encrypt", "https://acme-v02.api.letsencrypt.org/directory"),
  LETS_ENCRYPT_STAGING(
      "letsencrypt-staging",
      "Let's Encrypt (staging)",
      "https://acme-staging-v02.api.letsencrypt.org/directory"),
  ZEROSSL("zerossl", "ZeroSSL", "https://acme.zerossl.com/v2/DV90"),
  GOOGLE("google", "Google Trust Services", "https://dv.acme-v02.api.pki.goog/directory");

  private final String configName;
  private final String displayName;
  private final URI directory;

  KnownCa(String configName, String displayName, String directory) {
    this.configName = configName;
    this.displayName = displayName;
    this.directory = URI.create(directory);
  }

  public String displayName() {
    return displayName;
  }

  public URI directory() {
    return directory;
  }

  /** The CA that the configuration calls so. */
  public static Optional<KnownCa> ofConfigName(String name) {
    return Arrays.stream(values()).filter(ca -> ca.configName.equals(name)).findFirst();
  }

  /** All names, for messages. */
  public static String configNames() {
    return Arrays.stream(values()).map(ca -> ca.configName).collect(Collectors.joining(", "));
  }
}
