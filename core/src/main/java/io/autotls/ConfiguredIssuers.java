package io.autotls;

import io.autotls.acme.ExternalAccountBinding;
import io.autotls.internal.config.Settings;
import io.autotls.spi.Issuer;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The issuers that {@code autotls.ca} names, with all that is said about them elsewhere. */
final class ConfiguredIssuers {
  private static final int MAX_PEM_BYTES = 1 << 20;

  private final Settings settings;

  ConfiguredIssuers(Settings settings) {
    this.settings = settings;
  }

  List<Issuer> all() {
    List<String> wanted = settings.list("autotls.ca");
    List<X509Certificate> roots =
        settings.get("autotls.ca.trust").isPresent() ? readRoots() : List.of();
    Optional<ExternalAccountBinding> binding = binding();
    List<Issuer> result = new ArrayList<>();
    for (String ca : wanted.isEmpty() ? List.of("letsencrypt") : wanted) {
      Issuer issuer =
          ca.equalsIgnoreCase("local") ? LocalIssuer.create() : acme(ca, roots, binding);
      if (result.stream().noneMatch(one -> one.id().equals(issuer.id()))) {
        result.add(issuer); // one that is named by its name and by its URL is there once
      }
    }
    return result;
  }

  private Issuer acme(
      String ca, List<X509Certificate> roots, Optional<ExternalAccountBinding> binding) {
    try {
      AcmeIssuer.Builder issuer = AcmeIssuer.builder(ca).trustedRoots(roots);
      if (issuer.takesExternalAccount()) {
        binding.ifPresent(issuer::externalAccountBinding);
      }
      settings.get("autotls.preferred-chain").ifPresent(issuer::preferredChain);
      if (settings.isTrue("autotls.replace-closed-account")) {
        issuer.replaceClosedAccount();
      }
      return issuer.build();
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.ca", "is wrong: " + e.getMessage(), e);
    }
  }

  private Optional<ExternalAccountBinding> binding() {
    Optional<String> keyId = settings.get("autotls.eab.kid");
    Optional<String> key = settings.get("autotls.eab.key");
    if (keyId.isPresent() != key.isPresent()) {
      throw new ConfigurationException(
          "autotls.eab.kid and autotls.eab.key belong together, and only "
              + (keyId.isPresent() ? "autotls.eab.kid" : "autotls.eab.key")
              + " is set");
    }
    try {
      return keyId.map(id -> ExternalAccountBinding.of(id, key.orElseThrow()));
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.eab.key", "is wrong: " + e.getMessage(), e);
    }
  }

  private List<X509Certificate> readRoots() {
    try (InputStream pem = settings.file("autotls.ca.trust", MAX_PEM_BYTES)) {
      List<X509Certificate> roots =
          CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (roots.isEmpty()) {
        throw settings.wrong("autotls.ca.trust", "names a file that holds no certificate");
      }
      return roots;
    } catch (IOException | CertificateException e) {
      throw settings.wrong(
          "autotls.ca.trust", "names a file that is no PEM file with certificates", e);
    }
  }
}
