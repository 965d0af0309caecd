package io.autotls;

import io.autotls.internal.issuer.KnownCa;
import io.autotls.internal.names.InternalNames;
import io.autotls.spi.Issuer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which issuers may serve which certificate. Public CAs sign public names, the local CA internal
 * ones; an ACME CA that nobody knows, and an issuer of the application's own, may do both. Internal
 * names that none of the configured issuers would sign go to a local CA that nobody had to
 * configure.
 */
final class IssuerChoice {
  private final List<Issuer> all;
  private final Map<Kind, Answer> answers = new EnumMap<>(Kind.class);

  /** What kinds of name stand in a certificate. Nothing else of it matters to the choice. */
  private enum Kind {
    PUBLIC,
    INTERNAL,
    MIXED
  }

  /**
   * Who may serve certificates of one kind. Decided once, for there may be a hundred thousand of
   * them.
   */
  private record Answer(List<Issuer> issuers, boolean needsProof) {
    Answer(List<Issuer> issuers) {
      this(issuers, issuers.stream().anyMatch(Issuer::asksForProof));
    }
  }

  IssuerChoice(List<Issuer> configured) {
    List<Issuer> withLocal = new ArrayList<>(configured);
    if (configured.stream().noneMatch(LocalIssuer.class::isInstance)) {
      withLocal.add(LocalIssuer.create()); // costs nothing before it signs
    }
    this.all = List.copyOf(withLocal);
    Predicate<Issuer> publicToo = issuer -> !(issuer instanceof LocalIssuer);
    Predicate<Issuer> internalToo = issuer -> !isPublicCa(issuer);
    List<Issuer> internal = only(internalToo, configured);
    answers.put(Kind.PUBLIC, new Answer(only(publicToo, configured)));
    answers.put(Kind.INTERNAL, new Answer(internal.isEmpty() ? localOf(all) : internal));
    answers.put(Kind.MIXED, new Answer(only(publicToo.and(internalToo), configured)));
  }

  private static List<Issuer> only(Predicate<Issuer> able, List<Issuer> issuers) {
    return issuers.stream().filter(able).toList();
  }

  private static List<Issuer> localOf(List<Issuer> issuers) {
    return only(LocalIssuer.class::isInstance, issuers);
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
    return answer(spec).issuers();
  }

  /** Whether somebody will ask for proof of control of its names. */
  boolean needsProof(CertificateSpec spec) {
    return answer(spec).needsProof();
  }

  private Answer answer(CertificateSpec spec) {
    Answer answer = answers.get(kind(spec));
    if (answer.issuers().isEmpty()) {
      throw refused(spec);
    }
    return answer;
  }

  private static Kind kind(CertificateSpec spec) {
    int internal = 0;
    for (String name : spec.names()) {
      if (InternalNames.isInternal(name)) {
        internal++;
      }
    }
    if (internal == 0) {
      return Kind.PUBLIC;
    }
    return internal == spec.names().size() ? Kind.INTERNAL : Kind.MIXED;
  }

  private static ConfigurationException refused(CertificateSpec spec) {
    Map<Boolean, List<String>> byKind =
        spec.names().stream().collect(Collectors.partitioningBy(InternalNames::isInternal));
    List<String> internal = byKind.get(true);
    List<String> others = byKind.get(false);
    return internal.isEmpty() ? nobodySigns(others) : mixed(internal, others);
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
