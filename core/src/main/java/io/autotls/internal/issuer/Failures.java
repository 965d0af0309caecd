package io.autotls.internal.issuer;

import io.autotls.acme.AcmeCertificateException;
import io.autotls.acme.AcmeChallengeException;
import io.autotls.acme.AcmeDirectoryException;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeNetworkException;
import io.autotls.acme.AcmeOrderFailedException;
import io.autotls.acme.AcmeOrderFailedException.Answered;
import io.autotls.acme.AcmeOrderFailedException.Failure;
import io.autotls.acme.AcmeProblem;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.AcmeRateLimitedException;
import io.autotls.acme.AcmeServerException;
import io.autotls.acme.AcmeUnseenAnswersException;
import io.autotls.acme.AcmeUnsupportedException;
import io.autotls.acme.Identifier;
import io.autotls.acme.ProblemType;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Readiness;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one place where the failures of ACME are sorted: what happens next, and what a person can do.
 */
final class Failures {
  private static final String NOTHING =
      "nothing, if it passes; otherwise look at the CA's status page.";

  private static final String DIRECTORY =
      "set autotls.ca to the name of a CA, or to the URL of its directory, which its documentation"
          + " tells (often it ends with /directory); nothing, if the CA is being repaired.";

  private final CaSettings ca;
  private final IssuerContext context;

  Failures(CaSettings ca, IssuerContext context) {
    this.ca = ca;
    this.context = context;
  }

  /** Whether the account may be another one by now, or have another key: a look tells. */
  boolean isAccountDoubtful(AcmeException e) {
    return e instanceof AcmeProblemException problem
        && switch (problem.type()) {
          case ACCOUNT_DOES_NOT_EXIST, UNAUTHORIZED, MALFORMED -> true;
          default -> false;
        };
  }

  /**
   * Whether the CA may not know our account any more: registering its key again finds out. Some say
   * so in plain words, some only that we may not order.
   */
  boolean isAccountLost(AcmeException e, AcmeState state) {
    return e instanceof AcmeProblemException problem
        && (problem.type() == ProblemType.ACCOUNT_DOES_NOT_EXIST
            || (problem.type() == ProblemType.UNAUTHORIZED && !state.hasOrder()));
  }

  IssuerException translate(AcmeException e, AcmeState state) {
    if (e instanceof AcmeNetworkException network) {
      return network(network);
    } else if (e instanceof AcmeRateLimitedException limited) {
      return rateLimited(limited);
    } else if (e instanceof AcmeProblemException problem) {
      return problem(problem, state);
    } else if (e instanceof AcmeOrderFailedException failed) {
      return orderFailed(failed);
    } else if (e instanceof AcmeUnseenAnswersException) {
      return failure(
          Reaction.RETRY_ATTEMPT,
          e,
          "look at where the answers are published; for dns-01, at the name servers of the zone.");
    } else if (e instanceof AcmeChallengeException unanswerable) {
      return noChallenge(unanswerable, context);
    } else if (e instanceof AcmeDirectoryException) {
      return failure(Reaction.RETRY_STEP, e, DIRECTORY);
    } else if (e instanceof AcmeServerException) {
      return failure(Reaction.RETRY_STEP, e, NOTHING);
    } else if (e instanceof AcmeUnsupportedException) {
      return failure(Reaction.OPERATOR, e, "use another CA: set autotls.ca.");
    } else if (e instanceof AcmeCertificateException unusable) {
      return failure(
          Reaction.RETRY_ATTEMPT,
          e,
          unusable.fault() == AcmeCertificateException.Fault.EXPIRED
              ? "if the clock of this machine, or of the CA, is wrong, set it, for example by NTP."
              : "report it to the CA if it happens again.");
    }
    return failure(Reaction.RETRY_ATTEMPT, e, NOTHING);
  }

  private IssuerException network(AcmeNetworkException e) {
    return switch (e.kind()) {
      case UNTRUSTED ->
          failure(
              Reaction.RETRY_STEP,
              e,
              "if "
                  + ca.directory().getHost()
                  + " is a private CA, set autotls.ca.trust to a PEM file with its root; otherwise look"
                  + " at the clock of this machine, and find out who intercepts the connection.");
      case PROXY_REFUSED ->
          failure(
              Reaction.RETRY_STEP,
              e,
              "set HTTPS_PROXY=http://user:password@proxy:port, or except "
                  + ca.directory().getHost()
                  + " from the proxy (NO_PROXY, or -Dhttp.nonProxyHosts), and restart.");
      case UNREACHABLE ->
          failure(
              Reaction.RETRY_STEP,
              e,
              "check the URL "
                  + ca.directory()
                  + ", and that this machine may connect to it (DNS, firewall, proxy).");
      default -> failure(Reaction.RETRY_STEP, e, NOTHING);
    };
  }

  private IssuerException rateLimited(AcmeRateLimitedException e) {
    Optional<URI> unpause = e.unpauseUrl();
    if (unpause.isPresent()) {
      return failure(
          Reaction.PAUSED, e, "mend what keeps failing, then visit " + unpause.get() + ".");
    }
    return failure(
        Reaction.WAIT,
        e,
        "nothing; or add a second issuer."
            + e.documentation().map(url -> " The limit is explained at " + url + ".").orElse(""));
  }

  private IssuerException problem(AcmeProblemException e, AcmeState state) {
    return switch (e.type()) {
      case USER_ACTION_REQUIRED, AGREEMENT_REQUIRED -> userAction(e);
      case EXTERNAL_ACCOUNT_REQUIRED ->
          failure(
              Reaction.OPERATOR,
              e,
              "get an account at the CA, and set autotls.eab.kid and autotls.eab.key.");
      case REJECTED_IDENTIFIER, UNSUPPORTED_IDENTIFIER -> refusedIdentifiers(e);
      case INVALID_CONTACT, UNSUPPORTED_CONTACT ->
          failure(Reaction.OPERATOR, e, "set autotls.email to an address that the CA accepts.");
      case INVALID_PROFILE ->
          failure(Reaction.OPERATOR, e, "set autotls.profile to a profile that the CA offers.");
      case CAA ->
          failure(
              Reaction.RETRY_ATTEMPT,
              e,
              "allow this CA in the CAA records of the name (RFC 8659).",
              refusedNames(e));
      case ORDER_NOT_READY, BAD_NONCE, SERVER_INTERNAL -> failure(Reaction.RETRY_STEP, e, NOTHING);
      case UNAUTHORIZED -> unauthorized(e, state);
      default -> failure(byStatus(e), e, NOTHING);
    };
  }

  private static IssuerException refusedIdentifiers(AcmeProblemException e) {
    Set<String> names = refusedNames(e);
    String which = names.isEmpty() ? "the name that the CA refuses" : String.join(", ", names);
    return failure(
        Reaction.OPERATOR,
        e,
        "remove " + which + " from autotls.domains, or use a CA that issues for it.",
        names);
  }

  /** The names that the CA blames, where it does (RFC 8555 §6.7.1). */
  private static Set<String> refusedNames(AcmeProblemException e) {
    Stream<AcmeProblem> problems = e.problem().stream();
    return problems
        .flatMap(problem -> Stream.concat(Stream.of(problem), problem.subproblems().stream()))
        .flatMap(problem -> problem.identifier().stream())
        .map(Identifier::value)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static Reaction byStatus(AcmeProblemException e) {
    // An order that the CA does not know, or does not like any more, is given up for a new one.
    return e.status() >= 500 ? Reaction.RETRY_STEP : Reaction.RETRY_ATTEMPT;
  }

  private IssuerException unauthorized(AcmeProblemException e, AcmeState state) {
    if (!state.hasOrder()) {
      return failure(
          Reaction.OPERATOR,
          e,
          "check the account at the CA: its binding, what it may issue, and whether it is active.");
    }
    return failure(Reaction.RETRY_ATTEMPT, e, NOTHING);
  }

  private IssuerException userAction(AcmeProblemException e) {
    String terms = e.termsOfService().map(url -> " (" + url + ")").orElse("");
    Optional<URI> instance = e.problem().flatMap(AcmeProblem::instance);
    String advice =
        context.termsOfServiceAgreed() && instance.isPresent()
            ? "visit " + instance.get() + " and do what it asks for."
            : "read the terms of service of "
                + ca.displayName()
                + terms
                + ", and if you agree set autotls.agree-tos=true or call"
                + " AutoTls.builder().agreeToTermsOfService().";
    return failure(Reaction.OPERATOR, e, advice);
  }

  /** The order failed, and each name that is to blame counts against its limit. */
  private IssuerException orderFailed(AcmeOrderFailedException e) {
    ProblemType type = e.problem().map(AcmeProblem::type).orElse(ProblemType.UNKNOWN);
    Set<String> names = new LinkedHashSet<>();
    for (Failure failure : e.failures()) {
      names.add(failure.identifier().value());
      if (failure.problem() != null) {
        type = failure.problem().type();
      }
    }
    names.forEach(context::validationFailed); // whoever was to blame, the CA counts it
    return failure(
        isInterrupted(e, names) ? Reaction.INTERRUPTED : Reaction.RETRY_ATTEMPT,
        e,
        advice(type),
        names);
  }

  /**
   * Whether the CA probably found nobody listening because a node had just stopped: the process
   * that put the answers in place is gone, or its server is. If it is neither, that process has
   * waited for the CA from beginning to end, and the name itself does not lead to us.
   */
  private boolean isInterrupted(AcmeOrderFailedException e, Set<String> names) {
    boolean gone =
        e.answered() == Answered.ELSEWHERE
            || Answers.readiness(context, List.copyOf(names)) instanceof Readiness.NotReady;
    return gone
        && !e.failures().isEmpty()
        && e.failures().stream().allMatch(Failures::isOfConnection);
  }

  /** What a closed port, a proxy without a server behind it, or a server that ends looks like. */
  private static boolean isOfConnection(Failure failure) {
    boolean byConnection =
        "http-01".equals(failure.challenge()) || "tls-alpn-01".equals(failure.challenge());
    return byConnection
        && failure.problem() != null
        && switch (failure.problem().type()) {
          case CONNECTION, TLS, UNAUTHORIZED, INCORRECT_RESPONSE -> true;
          default -> false;
        };
  }

  private static IssuerException noChallenge(AcmeChallengeException e, IssuerContext context) {
    String ours =
        context.solvers().stream().map(ChallengeSolver::type).collect(Collectors.joining(", "));
    return failure(
        Reaction.OPERATOR,
        e,
        "add a solver for one of these challenges; there are solvers for " + ours + ".");
  }

  /** Only a person can want another account: they agreed to terms for the one that is closed. */
  static IssuerException accountClosed(AccountClosedException e) {
    return new IssuerException(
        Reaction.OPERATOR,
        sentence(e.getMessage()),
        "if another account is to be registered in its place, set autotls.replace-closed-account=true"
            + " and restart, or call AcmeIssuer.registerNewAccount() and then AutoTls.renewNow;"
            + " otherwise use another CA: set autotls.ca.",
        e);
  }

  /** The next attempt takes the next solver, so this one is given up. */
  static IssuerException unanswered(UnansweredException e) {
    return new IssuerException(
        Reaction.RETRY_ATTEMPT,
        sentence(e.getMessage()),
        "mend what " + e.type() + " needs; meanwhile another solver is used.",
        e);
  }

  /** Nothing depends on this: renewal goes by the certificate's own lifetime meanwhile. */
  IssuerException renewalInfo(AcmeException e) {
    return failure(
        e instanceof AcmeRateLimitedException ? Reaction.WAIT : Reaction.RETRY_STEP, e, NOTHING);
  }

  private static String advice(ProblemType type) {
    return switch (type) {
      case CONNECTION ->
          "make sure that the CA reaches this server under that name: port 80 for http-01, port 443 for"
              + " tls-alpn-01, IPv6 too if the name has an AAAA record.";
      case DNS -> "mend the DNS of that name: it must resolve, without DNSSEC errors.";
      case UNAUTHORIZED, INCORRECT_RESPONSE, TLS ->
          "make sure that the name leads to this server, and that no proxy or other server answers in"
              + " its place.";
      case CAA -> "allow this CA in the CAA records of the name (RFC 8659).";
      default -> NOTHING;
    };
  }

  private static IssuerException failure(Reaction reaction, AcmeException e, String advice) {
    return failure(reaction, e, advice, Set.of());
  }

  private static IssuerException failure(
      Reaction reaction, AcmeException e, String advice, Set<String> identifiers) {
    return new IssuerException(
        reaction, sentence(e.getMessage()), advice, e.retryAfter().orElse(null), identifiers, e);
  }

  private static String sentence(@Nullable String message) {
    String text = message == null ? "no reason was given" : message;
    return text.endsWith(".") ? text : text + ".";
  }
}
