package io.autotls;

import io.autotls.internal.config.Configuration;
import io.autotls.internal.config.Factories;
import io.autotls.internal.config.OwnSettings;
import io.autotls.internal.config.SolverChoice;
import io.autotls.internal.config.StorageChoice;
import io.autotls.internal.issuance.NamePolicy;
import io.autotls.internal.names.DomainNames;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuer;
import io.autotls.spi.Storage;
import java.io.File;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one {@code AutoTls} is put together from: what was given in code, and else what the
 * configuration names.
 */
final class Setup {
  /** Longer than any certificate lives, and short enough to be added to any date. */
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final AutoTls.Builder code;
  private final Configuration configuration;
  private final Factories factories;
  private final Role role;
  private final List<String> emails;
  private final int httpPort;
  private final int httpsPort;
  private final OptionalInt publicHttpsPort;
  private final Duration gracePeriod;
  private final List<CertificateSpec> specs;
  private final IssuerChoice choice;

  /**
   * Reads all that is configured, at once: what nobody can understand must not wait until somebody
   * needs it.
   *
   * @throws ConfigurationException if something makes no sense, whatever else is said
   */
  Setup(AutoTls.Builder code, Configuration configuration, Factories factories) {
    this.code = code;
    this.configuration = configuration;
    this.factories = factories;
    this.role = configuration.get(OwnSettings.ROLE);
    this.emails = configuration.get(OwnSettings.EMAIL).orElse(List.of());
    this.httpPort = configuration.get(OwnSettings.HTTP_PORT);
    this.httpsPort = configuration.get(OwnSettings.HTTPS_PORT);
    this.publicHttpsPort =
        configuration
            .get(OwnSettings.PUBLIC_HTTPS_PORT)
            .map(OptionalInt::of)
            .orElseGet(OptionalInt::empty);
    this.gracePeriod = readGracePeriod();
    this.specs = code.specs.isEmpty() ? configuredSpecs() : specsOfCode();
    this.choice =
        new IssuerChoice(
            code.issuers.isEmpty()
                ? new ConfiguredIssuers(configuration, factories).all()
                : List.copyOf(code.issuers));
  }

  /** How many issuers there will be at most, before they are made. */
  static int mostIssuers(AutoTls.Builder code, Configuration configuration) {
    int configured =
        code.issuers.isEmpty() ? configuration.get(OwnSettings.CA).size() : code.issuers.size();
    return configured + 1; // a local CA
  }

  private Duration readGracePeriod() {
    Duration wanted = configuration.get(OwnSettings.GRACE_PERIOD);
    return wanted.compareTo(FOR_EVER) > 0 ? FOR_EVER : wanted;
  }

  /** Makes plug-ins by name, and ends them if that was in vain. */
  Factories factories() {
    return factories;
  }

  List<CertificateSpec> specs() {
    return specs;
  }

  /** Which of them, or a local CA, serves which certificate. */
  IssuerChoice choice() {
    return choice;
  }

  int httpPort() {
    return httpPort;
  }

  int httpsPort() {
    return httpsPort;
  }

  /** Where visitors reach https, if somebody said so. */
  OptionalInt publicHttpsPort() {
    return publicHttpsPort;
  }

  Role role() {
    return role;
  }

  Duration gracePeriod() {
    return gracePeriod;
  }

  /** Whose certificate strangers get; empty for the first one. */
  Optional<String> defaultName() {
    return configuration.get(OwnSettings.DEFAULT_NAME);
  }

  NamePolicy namePolicy() {
    return configuration.get(OwnSettings.REQUIRE_ALL_NAMES)
        ? NamePolicy.REQUIRE_ALL
        : NamePolicy.LEAVE_OUT_FAILING;
  }

  /** The contacts for the CA. */
  List<String> emails() {
    return emails;
  }

  boolean termsAgreed() {
    return configuration.get(OwnSettings.AGREE_TOS);
  }

  /** Refuses what cannot work whatever happens later. */
  void check() {
    if (specs.isEmpty()) {
      throw new ConfigurationException(
          "no domains are configured. Set autotls.domains=example.com,www.example.com in"
              + " autotls.properties, as the system property or as AUTOTLS_DOMAINS, or call"
              + " AutoTls.builder().domains(\"example.com\")");
    }
    Set<CertificateSpec> seen = new HashSet<>();
    for (CertificateSpec spec : specs) {
      if (!seen.add(spec)) {
        throw new ConfigurationException("the certificate for " + spec + " is asked for twice");
      }
    }
    if (httpPort == httpsPort && httpPort != 0) {
      throw new ConfigurationException(
          "autotls.http.port and autotls.https.port are both "
              + httpPort
              + ", and one port cannot serve both");
    }
    checkIssuers();
    defaultName().ifPresent(this::checkDefaultName);
    if (role != Role.FOLLOWER) {
      checkTerms();
    }
  }

  private void checkIssuers() {
    Set<Issuer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Issuer issuer : code.issuers) {
      if (!seen.add(issuer)) {
        throw new ConfigurationException(
            issuer.displayName() + " is there twice: call AutoTls.Builder.issuer once for each");
      }
    }
  }

  private void checkDefaultName(String name) {
    String wildcard = "*" + name.substring(Math.max(0, name.indexOf('.')));
    if (specs.stream()
        .map(CertificateSpec::names)
        .noneMatch(names -> names.contains(name) || names.contains(wildcard))) {
      throw new ConfigurationException(
          "the default name is "
              + name
              + " (autotls.default-name, or AutoTls.builder().defaultName(…)), and no certificate"
              + " is asked for that covers it. Name one of the configured domains, or leave it out"
              + " for the first one");
    }
  }

  private void checkTerms() {
    Set<Issuer> needed = new LinkedHashSet<>();
    specs.forEach(spec -> needed.addAll(choice.of(spec)));
    for (Issuer issuer : needed) {
      if (issuer instanceof AcmeIssuer acme && acme.hasTermsOfService() && !termsAgreed()) {
        throw new ConfigurationException(
            acme.displayName()
                + " issues only to those who agree to its terms of service, and nobody has done so."
                + " Read them (the directory "
                + acme.directory()
                + " names them), and if you agree set autotls.agree-tos=true or call"
                + " AutoTls.builder().agreeToTermsOfService()");
      }
    }
  }

  /** Refuses names that no solver could ever prove control of; a follower need not. */
  void checkSolvers(CertificateSpec spec, List<ChallengeSolver> solvers) {
    if (!choice.needsProof(spec) || role == Role.FOLLOWER) {
      return;
    }
    if (solvers.isEmpty()) {
      throw new ConfigurationException(
          "nothing can answer the challenges of a CA. Add autotls-solver-http, autotls-jetty or"
              + " autotls-tomcat to the application's dependencies, or call"
              + " AutoTls.builder().solver(…). If another node obtains the certificates, set"
              + " autotls.role=follower");
    }
    for (String name : spec.names()) {
      if (!canBeProven(name, solvers)) {
        String types =
            solvers.stream().map(ChallengeSolver::type).collect(Collectors.joining(", "));
        throw new ConfigurationException(
            "none of the solvers (" + types + ") can prove control of " + name + hint(name));
      }
    }
  }

  private static String hint(String name) {
    if (DomainNames.isWildcard(name)) {
      return "; wildcards need dns-01 (RFC 8555 §8.3)";
    }
    return DomainNames.isAddress(name)
        ? "; addresses need http-01 or tls-alpn-01 (RFC 8738 §4)"
        : "";
  }

  /** The DNS proves nothing about addresses (RFC 8738 §7), whatever a solver says. */
  private static boolean isFit(ChallengeSolver solver, String identifier) {
    return !solver.type().startsWith("dns-") || !DomainNames.isAddress(identifier);
  }

  private static boolean canBeProven(String name, List<ChallengeSolver> solvers) {
    boolean wildcard = DomainNames.isWildcard(name);
    String identifier = wildcard ? name.substring(2) : name;
    for (ChallengeSolver solver : solvers) { // a plain loop: there may be very many names
      if (isFit(solver, identifier) && solver.supports(identifier, wildcard)) {
        return true;
      }
    }
    return false;
  }

  List<ChallengeSolver> solvers() {
    return code.solvers.isEmpty() ? new SolverChoice(factories).all() : List.copyOf(code.solvers);
  }

  Storage storage() {
    return code.storage != null
        ? code.storage
        : new StorageChoice(factories).make(File.separatorChar);
  }

  private List<CertificateSpec> specsOfCode() {
    CertificateSpec.Builder all = common();
    return code.specs.stream().flatMap(made -> made.apply(all.copy()).stream()).toList();
  }

  /** What holds for all that do not say it themselves. */
  private CertificateSpec.Builder common() {
    List<KeyType> kinds = configuration.get(OwnSettings.KEY_TYPE);
    CertificateSpec.Builder all =
        CertificateSpec.builder().keyTypes(kinds.get(0), kinds.toArray(new KeyType[0]));
    configuration.get(OwnSettings.PROFILE).ifPresent(all::profiles);
    return all;
  }

  private List<CertificateSpec> configuredSpecs() {
    CertificateSpec.Builder all = common();
    return configuration.get(OwnSettings.DOMAINS).orElse(List.of()).stream()
        .flatMap(names -> specs(all, names))
        .toList();
  }

  private Stream<CertificateSpec> specs(CertificateSpec.Builder common, List<String> names) {
    try {
      return common.copy().names(names).buildAll().stream();
    } catch (IllegalArgumentException e) {
      throw configuration.wrong(OwnSettings.DOMAINS, "is wrong: " + e.getMessage(), e);
    }
  }
}
