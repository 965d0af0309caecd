package io.autotls;

import io.autotls.internal.issuer.KnownCa;
import io.autotls.internal.names.InternalNames;
import io.autotls.spi.Issuer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which issuers may serve which certificate. Public CAs sign public names, the local CA internal
 * ones; an ACME CA that nobody knows, and an issuer of the application's own, may do both. Internal
 * names that none of the configured issuers would sign go to a local CA that nobody had to
 * configure.
 */
final class IssuerChoice {
  private final List<Issuer> configured;
  private final List<Issuer> all;

  IssuerChoice(List<Issuer> configured) {
    this.configured = List.copyOf(configured);
    List<Issuer> withLocal = new ArrayList<>(configured);
    if (configured.stream().noneMatch(LocalIssuer.class::isInstance)) {
      withLocal.add(LocalIssuer.create()); // costs nothing before it signs
    }
    this.all = List.copyOf(withLocal);
  }

  /** All that may be needed at some time: the configured issuers in their order, and a local CA. */
  List<Issuer> all() {
    return all;
  }

  /**
   * The issuers of one certificate, in the order in which they are to be tried.
   *
   * @throws ConfigurationException if there are none; says what to change
   */
  List<Issuer> of(CertificateSpec spec) {
    List<String> internal = spec.names().stream().filter(InternalNames::isInternal).toList();
    List<String> others =
        spec.names().stream().filter(name -> !InternalNames.isInternal(name)).toList();
    List<Issuer> able =
        configured.stream()
            .filter(issuer -> internal.isEmpty() || !isPublicCa(issuer))
            .filter(issuer -> others.isEmpty() || !(issuer instanceof LocalIssuer))
            .toList();
    if (!able.isEmpty()) {
      return able;
    }
    if (others.isEmpty()) {
      return all.stream().filter(LocalIssuer.class::isInstance).toList();
    }
    throw internal.isEmpty() ? nobodySigns(others) : mixed(internal, others);
  }

  /** Whether somebody will ask for proof of control of its names. */
  boolean needsProof(CertificateSpec spec) {
    return !of(spec).stream().allMatch(LocalIssuer.class::isInstance);
  }

  private static boolean isPublicCa(Issuer issuer) {
    return issuer instanceof AcmeIssuer acme
        && Arrays.stream(KnownCa.values()).anyMatch(ca -> ca.directory().equals(acme.directory()));
  }

  private static ConfigurationException nobodySigns(List<String> names) {
    return new ConfigurationException(
        "only the local CA is configured, and it signs internal names only, which "
            + String.join(", ", names)
            + (names.size() == 1 ? " is not" : " are not")
            + ". Set autotls.ca=letsencrypt, or, for development, use localhost or a name that ends"
            + " in .localhost or .test");
  }

  private static ConfigurationException mixed(List<String> internal, List<String> others) {
    return new ConfigurationException(
        "one certificate cannot have internal names, which no public CA signs, and public ones: "
            + String.join(", ", internal)
            + " beside "
            + String.join(", ", others)
            + ". Ask for two: autotls.domains="
            + List.of(others, internal).stream()
                .map(names -> String.join(",", names))
                .collect(Collectors.joining(";"))
            + ", or call AutoTls.Builder.certificate(…) once for each");
  }
}
