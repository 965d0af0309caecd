package io.autotls;

import io.autotls.acme.ExternalAccountBinding;
import io.autotls.internal.config.Settings;
import io.autotls.internal.names.DomainNames;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuer;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What the application wants: what was said in code, and else what the configuration says. */
final class Wishes {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final String DEFAULT_STORAGE = "file:autotls";
  private static final Duration GRACE_PERIOD = Duration.ofDays(7);

  /** Longer than any certificate lives, and short enough to be added to any date. */
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private static final int MAX_PEM_BYTES = 1 << 20;

  private final AutoTls.Builder code;
  private final Settings settings;
  private final List<CertificateSpec> specs;
  private final IssuerChoice choice;

  Wishes(AutoTls.Builder code, Settings settings) {
    this.code = code;
    this.settings = settings;
    this.specs = code.specs.isEmpty() ? configuredSpecs() : List.copyOf(code.specs);
    this.choice =
        new IssuerChoice(code.issuers.isEmpty() ? configuredIssuers() : List.copyOf(code.issuers));
  }

  List<CertificateSpec> specs() {
    return specs;
  }

  /** Which of them, or a local CA, serves which certificate. */
  IssuerChoice choice() {
    return choice;
  }

  int httpPort() {
    return code.httpPort != null ? code.httpPort : settings.port("autotls.http.port", HTTP_PORT);
  }

  int httpsPort() {
    return code.httpsPort != null
        ? code.httpsPort
        : settings.port("autotls.https.port", HTTPS_PORT);
  }

  Role role() {
    if (code.role != null) {
      return code.role;
    }
    try {
      return settings.get("autotls.role").map(Role::ofConfigName).orElse(Role.AUTO);
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.role", "is wrong: " + e.getMessage());
    }
  }

  Duration gracePeriod() {
    Duration wanted =
        code.gracePeriod != null
            ? code.gracePeriod
            : settings.duration("autotls.grace-period", GRACE_PERIOD);
    return wanted.compareTo(FOR_EVER) > 0 ? FOR_EVER : wanted;
  }

  Optional<String> email() {
    return code.email != null ? Optional.of(code.email) : settings.get("autotls.email");
  }

  boolean termsAgreed() {
    return code.termsAgreed || settings.isTrue("autotls.agree-tos");
  }

  /** A setting as plug-ins see it: what was said in code counts there too. */
  Optional<String> setting(String key) {
    return switch (key) {
      case "autotls.http.port" -> Optional.of(Integer.toString(httpPort()));
      case "autotls.https.port" -> Optional.of(Integer.toString(httpsPort()));
      case "autotls.email" -> email();
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
    httpPort();
    httpsPort();
    gracePeriod();
    if (role() != Role.FOLLOWER) {
      checkTerms();
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
    if (!choice.needsProof(spec) || role() == Role.FOLLOWER) {
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
            "none of the solvers ("
                + types
                + ") can prove control of "
                + name
                + (DomainNames.isWildcard(name) ? "; wildcards need dns-01 (RFC 8555 §8.3)" : ""));
      }
    }
  }

  private static boolean canBeProven(String name, List<ChallengeSolver> solvers) {
    boolean wildcard = DomainNames.isWildcard(name);
    String identifier = wildcard ? name.substring(2) : name;
    for (ChallengeSolver solver : solvers) { // a plain loop: there may be very many names
      if (solver.supports(identifier, wildcard)) {
        return true;
      }
    }
    return false;
  }

  List<ChallengeSolver> solvers(SpiContext context) {
    if (!code.solvers.isEmpty()) {
      return List.copyOf(code.solvers);
    }
    List<SolverFactory> factories = new ArrayList<>(services(SolverFactory.class).toList());
    factories.sort(Comparator.comparingInt(SolverFactory::order));
    List<String> wanted = settings.list("autotls.challenge");
    if (wanted.isEmpty()) {
      return factories.stream().map(factory -> factory.create(context)).toList();
    }
    return wanted.stream().map(type -> solver(type, factories, context)).toList();
  }

  private static ChallengeSolver solver(
      String type, List<SolverFactory> factories, SpiContext context) {
    return factories.stream()
        .filter(factory -> factory.type().equals(type.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "autotls.challenge names \""
                        + type
                        + "\", and nothing on the class path answers that; there is "
                        + factories.stream()
                            .map(SolverFactory::type)
                            .collect(Collectors.joining(", "))))
        .create(context);
  }

  Storage storage(SpiContext context) {
    if (code.storage != null) {
      return code.storage;
    }
    String value = settings.get("autotls.storage").orElse(DEFAULT_STORAGE);
    int colon = value.indexOf(':');
    String scheme = colon < 0 ? "" : value.substring(0, colon).toLowerCase(Locale.ROOT);
    List<StorageFactory> factories = services(StorageFactory.class).toList();
    StorageFactory factory =
        factories.stream()
            .filter(one -> one.scheme().equals(scheme))
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "autotls.storage begins with \""
                            + scheme
                            + ":\", and nothing on the class path knows that; known are "
                            + factories.stream()
                                .map(one -> one.scheme() + ":")
                                .sorted()
                                .collect(Collectors.joining(", "))));
    try {
      return factory.create(value.substring(colon + 1), context);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("autotls.storage: " + e.getMessage(), e);
    }
  }

  private static <T> java.util.stream.Stream<T> services(Class<T> type) {
    // The loader of this class sees what the application put beside it, whatever thread asks.
    return StreamSupport.stream(
        ServiceLoader.load(type, Wishes.class.getClassLoader()).spliterator(), false);
  }

  private List<CertificateSpec> configuredSpecs() {
    List<KeyType> keyTypes = code.keyTypes.isEmpty() ? configuredKeyTypes() : code.keyTypes;
    return settings.domains().stream()
        .flatMap(
            names -> {
              try {
                CertificateSpec.Builder spec =
                    CertificateSpec.builder()
                        .names(names)
                        .keyTypes(keyTypes.get(0), keyTypes.toArray(new KeyType[0]));
                settings.get("autotls.profile").ifPresent(spec::profile);
                return spec.buildAll().stream();
              } catch (IllegalArgumentException e) {
                throw settings.wrong("autotls.domains", "is wrong: " + e.getMessage());
              }
            })
        .toList();
  }

  private List<KeyType> configuredKeyTypes() {
    List<String> wanted = settings.list("autotls.key-type");
    try {
      return wanted.isEmpty()
          ? List.of(KeyType.EC_P256)
          : wanted.stream()
              .map(name -> KeyType.ofConfigName(name.toLowerCase(Locale.ROOT)))
              .toList();
    } catch (IllegalArgumentException e) {
      throw settings.wrong("autotls.key-type", "is wrong: " + e.getMessage());
    }
  }

  private List<Issuer> configuredIssuers() {
    List<String> wanted = settings.list("autotls.ca");
    List<X509Certificate> roots =
        settings.get("autotls.ca.trust").map(Wishes::readRoots).orElse(List.of());
    Optional<ExternalAccountBinding> binding = binding();
    List<Issuer> result = new ArrayList<>();
    for (String ca : wanted.isEmpty() ? List.of("letsencrypt") : wanted) {
      if (ca.equalsIgnoreCase("local")) {
        result.add(LocalIssuer.create());
        continue;
      }
      try {
        AcmeIssuer.Builder issuer = AcmeIssuer.builder(ca).trustedRoots(roots);
        if (issuer.takesExternalAccount()) {
          binding.ifPresent(issuer::externalAccountBinding);
        }
        settings.get("autotls.preferred-chain").ifPresent(issuer::preferredChain);
        result.add(issuer.build());
      } catch (IllegalArgumentException e) {
        throw new ConfigurationException(
            "autotls.ca: " + e.getMessage() + "; \"local\" is the local CA", e);
      }
    }
    return result;
  }

  private Optional<ExternalAccountBinding> binding() {
    Optional<String> keyId = settings.get("autotls.eab.kid");
    Optional<String> key = settings.get("autotls.eab.key");
    if (keyId.isPresent() != key.isPresent()) {
      throw new ConfigurationException(
          "autotls.eab.kid and autotls.eab.key belong together, and only one of them is set");
    }
    try {
      return keyId.map(id -> ExternalAccountBinding.of(id, key.orElseThrow()));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("autotls.eab.key: " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> readRoots(String file) {
    try {
      byte[] pem = Files.readAllBytes(Path.of(file));
      if (pem.length > MAX_PEM_BYTES) {
        throw new ConfigurationException("autotls.ca.trust: " + file + " is larger than 1 MiB");
      }
      List<X509Certificate> roots =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (roots.isEmpty()) {
        throw new ConfigurationException("autotls.ca.trust: " + file + " holds no certificate");
      }
      return roots;
    } catch (IOException e) {
      throw new ConfigurationException("autotls.ca.trust: cannot read " + file + ": " + e, e);
    } catch (CertificateException e) {
      throw new ConfigurationException(
          "autotls.ca.trust: " + file + " is not a PEM file with certificates: " + e.getMessage(),
          e);
    }
  }
}
