package io.autotls;

import io.autotls.internal.config.EmailAddress;
import io.autotls.internal.config.Settings;
import io.autotls.internal.issuance.NamePolicy;
import io.autotls.internal.names.DomainNames;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuer;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import java.io.File;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the application wants: what was said in code, and else what the configuration says. */
final class Wishes {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final String PUBLIC_PORT = "autotls.https.public-port";
  private static final String DEFAULT_STORAGE = "file:autotls";
  private static final Duration GRACE_PERIOD = Duration.ofDays(7);

  /** Longer than any certificate lives, and short enough to be added to any date. */
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final AutoTls.Builder code;
  private final Settings settings;
  private final Role role;
  private final boolean termsAgreed;
  private final NamePolicy namePolicy;
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
  Wishes(AutoTls.Builder code, Settings settings) {
    this.code = code;
    this.settings = settings;
    this.role = code.role != null ? code.role : settings.role();
    this.termsAgreed = code.termsAgreed || settings.isAgreed("autotls.agree-tos");
    this.namePolicy =
        code.allNamesRequired || settings.isTrue("autotls.require-all-names")
            ? NamePolicy.REQUIRE_ALL
            : NamePolicy.LEAVE_OUT_FAILING;
    this.emails = configuredEmails();
    this.httpPort =
        code.httpPort != null ? code.httpPort : settings.port("autotls.http.port", HTTP_PORT);
    this.httpsPort =
        code.httpsPort != null ? code.httpsPort : settings.port("autotls.https.port", HTTPS_PORT);
    this.publicHttpsPort = readPublicHttpsPort();
    this.gracePeriod = configuredGracePeriod();
    this.specs = code.specs.isEmpty() ? configuredSpecs() : List.copyOf(code.specs);
    this.choice =
        new IssuerChoice(
            code.issuers.isEmpty()
                ? new ConfiguredIssuers(settings).all()
                : List.copyOf(code.issuers));
  }

  private Duration configuredGracePeriod() {
    Duration wanted =
        code.gracePeriod != null
            ? code.gracePeriod
            : settings.duration("autotls.grace-period", GRACE_PERIOD);
    return wanted.compareTo(FOR_EVER) > 0 ? FOR_EVER : wanted;
  }

  private List<String> configuredEmails() {
    String written = code.email != null ? code.email : settings.get("autotls.email").orElse("");
    try {
      return Arrays.stream(written.split("[,;]"))
          .filter(address -> !address.isBlank())
          .map(EmailAddress::normalize)
          .distinct()
          .toList();
    } catch (IllegalArgumentException e) {
      throw code.email != null
          ? new ConfigurationException("the contact is wrong: " + e.getMessage(), e)
          : settings.wrong("autotls.email", "is wrong: " + e.getMessage(), e);
    }
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

  private OptionalInt readPublicHttpsPort() {
    if (code.publicHttpsPort != null) {
      return OptionalInt.of(code.publicHttpsPort);
    }
    int port = settings.port(PUBLIC_PORT, 0);
    if (port == 0 && settings.get(PUBLIC_PORT).isPresent()) {
      throw settings.wrong(PUBLIC_PORT, "is the port that visitors use, from 1 to 65535");
    }
    return port == 0 ? OptionalInt.empty() : OptionalInt.of(port);
  }

  Role role() {
    return role;
  }

  Duration gracePeriod() {
    return gracePeriod;
  }

  /** Whose certificate strangers get; empty for the first one. */
  Optional<String> defaultName() {
    try {
      return code.defaultName != null
          ? Optional.of(code.defaultName)
          : settings
              .get("autotls.default-name")
              .map(name -> CertificateSpec.of(name).names().get(0));
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.default-name", "is wrong: " + e.getMessage());
    }
  }

  NamePolicy namePolicy() {
    return namePolicy;
  }

  /** The contacts for the CA. */
  List<String> emails() {
    return emails;
  }

  boolean termsAgreed() {
    return termsAgreed;
  }

  /** A setting as plug-ins see it: what was said in code counts there too. */
  Optional<String> setting(String key) {
    return switch (key) {
      case "autotls.http.port" -> Optional.of(Integer.toString(httpPort()));
      case "autotls.https.port" -> Optional.of(Integer.toString(httpsPort()));
      case PUBLIC_PORT -> publicHttpsPort().stream().mapToObj(Integer::toString).findFirst();
      case "autotls.email" ->
          emails.isEmpty() ? Optional.empty() : Optional.of(String.join(",", emails));
      default -> settings.get(key);
    };
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

  List<ChallengeSolver> solvers(SpiContext context) {
    if (!code.solvers.isEmpty()) {
      return List.copyOf(code.solvers);
    }
    List<SolverFactory> factories = PlugIns.installed(SolverFactory.class);
    factories.sort(Comparator.comparingInt(SolverFactory::order));
    List<String> wanted = settings.list("autotls.challenge");
    if (wanted.isEmpty()) {
      return factories.stream().map(factory -> create(factory, context)).toList();
    }
    return wanted.stream()
        .map(type -> factory(type, factories))
        .distinct()
        .map(factory -> create(factory, context))
        .toList();
  }

  private static ChallengeSolver create(SolverFactory factory, SpiContext context) {
    return PlugIns.create(
        "The solver for " + factory.type(), factory, () -> factory.create(context));
  }

  private SolverFactory factory(String type, List<SolverFactory> factories) {
    String plain = plain(type);
    return factories.stream()
        .filter(
            factory ->
                plain(factory.type()).equals(plain) || plain(factory.type()).equals(plain + "01"))
        .findFirst()
        .orElseThrow(() -> unanswerable(type, factories));
  }

  private static String plain(String type) {
    return type.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private ConfigurationException unanswerable(String type, List<SolverFactory> factories) {
    String known = factories.stream().map(SolverFactory::type).collect(Collectors.joining(", "));
    return settings.wrong(
        "autotls.challenge",
        "names \""
            + type
            + "\", and nothing on the class path answers that; there is "
            + (known.isEmpty() ? "nothing: add autotls-solver-http" : known));
  }

  Storage storage(SpiContext context) {
    if (code.storage != null) {
      return code.storage;
    }
    return new StorageChoice(PlugIns.installed(StorageFactory.class))
        .of(settings.get("autotls.storage").orElse(DEFAULT_STORAGE), File.separatorChar, context);
  }

  private List<CertificateSpec> configuredSpecs() {
    List<KeyType> keyTypes = code.keyTypes.isEmpty() ? settings.keyTypes() : code.keyTypes;
    List<KeyType> kinds = keyTypes.isEmpty() ? List.of(KeyType.EC_P256) : keyTypes;
    CertificateSpec.Builder all =
        CertificateSpec.builder().keyTypes(kinds.get(0), kinds.toArray(new KeyType[0]));
    try {
      settings.get("autotls.profile").ifPresent(all::profile);
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.profile", "is wrong: " + e.getMessage(), e);
    }
    return settings.domains().stream().flatMap(names -> specs(all, names)).toList();
  }

  private Stream<CertificateSpec> specs(CertificateSpec.Builder common, List<String> names) {
    try {
      return common.copy().names(names).buildAll().stream();
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.domains", "is wrong: " + e.getMessage(), e);
    }
  }
}
