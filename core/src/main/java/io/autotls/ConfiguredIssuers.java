package io.autotls;

import io.autotls.acme.ExternalAccountBinding;
import io.autotls.internal.config.Configuration;
import io.autotls.internal.config.Factories;
import io.autotls.internal.config.OwnSettings;
import io.autotls.spi.Issuer;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The issuers that {@code autotls.ca} names, with all that is said about them elsewhere. */
final class ConfiguredIssuers {
  private static final int MAX_PEM_BYTES = 1 << 20;

  private final Configuration configuration;
  private final Factories factories;

  ConfiguredIssuers(Configuration configuration, Factories factories) {
    this.configuration = configuration;
    this.factories = factories;
  }

  List<Issuer> all() {
    List<X509Certificate> roots =
        configuration.isSet(OwnSettings.CA_TRUST) ? readRoots() : List.of();
    Optional<ExternalAccountBinding> binding = binding();
    List<Issuer> result = new ArrayList<>();
    for (String ca : configuration.get(OwnSettings.CA)) {
      Issuer issuer = plugIn(ca).orElseGet(() -> own(ca, roots, binding));
      if (result.stream().noneMatch(one -> one.id().equals(issuer.id()))) {
        result.add(issuer); // one that is named by its name and by its URL is there once
      } else {
        issuer.close();
      }
    }
    return result;
  }

  private Optional<Issuer> plugIn(String ca) {
    int colon = ca.indexOf(':');
    String name = colon < 0 ? ca : ca.substring(0, colon);
    String location = colon < 0 ? "" : ca.substring(colon + 1);
    if (name.equalsIgnoreCase("https")) {
      return Optional.empty(); // the URL of a directory, whatever plug-ins there are
    }
    return factories.installed().issuers().stream()
        .filter(one -> one.factory().name().equalsIgnoreCase(name.strip()))
        .findFirst()
        .map(one -> factories.create(one, (factory, context) -> factory.create(location, context)));
  }

  private Issuer own(
      String ca, List<X509Certificate> roots, Optional<ExternalAccountBinding> binding) {
    return ca.equalsIgnoreCase("local") ? LocalIssuer.create() : acme(ca, roots, binding);
  }

  private Issuer acme(
      String ca, List<X509Certificate> roots, Optional<ExternalAccountBinding> binding) {
    try {
      AcmeIssuer.Builder issuer = AcmeIssuer.builder(ca).trustedRoots(roots);
      if (issuer.takesExternalAccount()) {
        binding.ifPresent(issuer::externalAccountBinding);
      }
      configuration.get(OwnSettings.PREFERRED_CHAIN).ifPresent(issuer::preferredChain);
      if (configuration.get(OwnSettings.REPLACE_CLOSED_ACCOUNT)) {
        issuer.replaceClosedAccount();
      }
      return issuer.build();
    } catch (IllegalArgumentException e) {
      throw configuration.wrong(OwnSettings.CA, "is wrong: " + e.getMessage() + plugIns(), e);
    }
  }

  private String plugIns() {
    String names =
        factories.installed().issuers().stream()
            .map(one -> one.factory().name())
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "" : "; plug-ins on the class path are " + names;
  }

  private Optional<ExternalAccountBinding> binding() {
    Optional<String> keyId = configuration.get(OwnSettings.EAB_KID);
    Optional<String> key = configuration.get(OwnSettings.EAB_KEY);
    if (keyId.isPresent() != key.isPresent()) {
      throw new ConfigurationException(
          "autotls.eab.kid and autotls.eab.key belong together, and only "
              + (keyId.isPresent() ? OwnSettings.EAB_KID : OwnSettings.EAB_KEY)
              + " is set");
    }
    try {
      return keyId.map(id -> ExternalAccountBinding.of(id, key.orElseThrow()));
    } catch (IllegalArgumentException e) {
      throw configuration.wrong(OwnSettings.EAB_KEY, "is wrong: " + e.getMessage(), e);
    }
  }

  private List<X509Certificate> readRoots() {
    try (InputStream pem = configuration.file(OwnSettings.CA_TRUST, MAX_PEM_BYTES)) {
      List<X509Certificate> roots =
          CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (roots.isEmpty()) {
        throw configuration.wrong(OwnSettings.CA_TRUST, "names a file that holds no certificate");
      }
      return roots;
    } catch (IOException | CertificateException e) {
      throw configuration.wrong(
          OwnSettings.CA_TRUST, "names a file that is no PEM file with certificates", e);
    }
  }
}
