package io.autotls.internal.issuer;

import io.autotls.spi.Issuer.Trust;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.OrderLimits.Exempt;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.OrderLimits.Scope;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The CAs that have a name, and all that is special about each. Each has terms of service. That
 * some of them need an external account although their directory denies it stands here too.
 */
public enum KnownCa {
  /** Its limits are public, and exempt what it suggested itself (letsencrypt.org, August 2026). */
  LETS_ENCRYPT(
      "letsencrypt",
      "Let's Encrypt",
      "https://acme-v02.api.letsencrypt.org/directory",
      ExternalAccount.NONE,
      Trust.PUBLIC,
      OrderLimits.of(
          List.of(
              Rule.of(Scope.ACCOUNT, 300, Duration.ofHours(3)).exempting(Exempt.RENEWALS),
              Rule.of(Scope.REGISTERED_DOMAIN, 50, Duration.ofDays(7)).exempting(Exempt.RENEWALS),
              Rule.of(Scope.NAME_SET, 5, Duration.ofDays(7)).exempting(Exempt.SUGGESTED_RENEWALS),
              Rule.of(Scope.FAILURES_OF_NAME, 5, Duration.ofHours(1))
                  .exempting(Exempt.SUGGESTED_RENEWALS)))),

  /** The same software with generous limits; its accounts are not those of the real one. */
  LETS_ENCRYPT_STAGING(
      "letsencrypt-staging",
      "Let's Encrypt (staging)",
      "https://acme-staging-v02.api.letsencrypt.org/directory",
      ExternalAccount.NONE,
      Trust.TEST,
      OrderLimits.of(
          List.of(
              Rule.of(Scope.ACCOUNT, 1500, Duration.ofHours(3)).exempting(Exempt.RENEWALS),
              Rule.of(Scope.NAME_SET, 30_000, Duration.ofDays(7))
                  .exempting(Exempt.SUGGESTED_RENEWALS),
              Rule.of(Scope.FAILURES_OF_NAME, 200, Duration.ofHours(1))
                  .exempting(Exempt.SUGGESTED_RENEWALS)))),

  /** Its orders may stay in processing for hours, which is what parking them is for. */
  ZEROSSL("zerossl", "ZeroSSL", "https://acme.zerossl.com/v2/DV90", ExternalAccount.NEEDED),

  /** Its tool encodes the secret of the external account once too often; decode it once. */
  GOOGLE(
      "google",
      "Google Trust Services",
      "https://dv.acme-v02.api.pki.goog/directory",
      ExternalAccount.NEEDED),

  /** External accounts are those of its own environment. */
  GOOGLE_STAGING(
      "google-staging",
      "Google Trust Services (staging)",
      "https://dv.acme-v02.test-api.pki.goog/directory",
      ExternalAccount.NEEDED,
      Trust.TEST,
      OrderLimits.none()),

  /** Its directory says that no external account is needed, and then refuses those without. */
  SSL_COM("sslcom", "SSL.com", "https://acme.ssl.com/sslcom-dv-ecc", ExternalAccount.NEEDED),

  /** The same for RSA keys. */
  SSL_COM_RSA(
      "sslcom-rsa", "SSL.com (RSA)", "https://acme.ssl.com/sslcom-dv-rsa", ExternalAccount.NEEDED),

  /** Adds {@code www} or the bare name of its own accord; free accounts get one name only. */
  ACTALIS(
      "actalis", "Actalis", "https://acme-api.actalis.com/acme/directory", ExternalAccount.NEEDED),

  SECTIGO("sectigo", "Sectigo", "https://acme.sectigo.com/v2/DV", ExternalAccount.NEEDED),

  GLOBALSIGN(
      "globalsign",
      "GlobalSign",
      "https://emea.acme.atlas.globalsign.com/directory",
      ExternalAccount.NEEDED),

  DIGICERT(
      "digicert",
      "DigiCert",
      "https://one.digicert.com/mpki/api/v1/acme/v2/directory",
      ExternalAccount.NEEDED);

  /** Whether an account at the CA has to exist before the ACME account does (RFC 8555 §7.3.4). */
  public enum ExternalAccount {
    NEEDED,
    NONE
  }

  private final String configName;
  private final String displayName;
  private final URI directory;
  private final ExternalAccount externalAccount;
  private final Trust trust;
  private final OrderLimits limits;

  KnownCa(String configName, String displayName, String directory, ExternalAccount account) {
    this(configName, displayName, directory, account, Trust.PUBLIC, OrderLimits.none());
  }

  KnownCa(
      String configName,
      String displayName,
      String directory,
      ExternalAccount externalAccount,
      Trust trust,
      OrderLimits limits) {
    this.configName = configName;
    this.displayName = displayName;
    this.directory = URI.create(directory);
    this.externalAccount = externalAccount;
    this.trust = trust;
    this.limits = limits;
  }

  /** What the configuration calls it. */
  public String configName() {
    return configName;
  }

  public String displayName() {
    return displayName;
  }

  public URI directory() {
    return directory;
  }

  public ExternalAccount externalAccount() {
    return externalAccount;
  }

  /** Who believes its certificates. */
  public Trust trust() {
    return trust;
  }

  /** What it is known to allow. */
  public OrderLimits limits() {
    return limits;
  }

  /** Whether nothing else at its host is the directory of a CA. */
  boolean hasOneDirectory() {
    return switch (this) {
      case LETS_ENCRYPT, LETS_ENCRYPT_STAGING, GOOGLE, GOOGLE_STAGING -> true;
      default -> false; // several products, or customers, share the others
    };
  }

  /** The CA that the configuration calls so, or that people do: {@code Let's Encrypt}. */
  public static Optional<KnownCa> ofConfigName(String name) {
    String plain = plain(name);
    return Arrays.stream(values())
        .filter(ca -> plain(ca.configName).equals(plain) || plain(ca.displayName).equals(plain))
        .findFirst();
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** The CA with that directory, however it was named. */
  public static Optional<KnownCa> ofDirectory(URI directory) {
    return Arrays.stream(values()).filter(ca -> ca.directory.equals(directory)).findFirst();
  }

  /** All names, for messages. */
  public static String configNames() {
    return Arrays.stream(values()).map(ca -> ca.configName).collect(Collectors.joining(", "));
  }
}
