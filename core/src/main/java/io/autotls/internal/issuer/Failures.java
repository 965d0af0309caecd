package io.autotls.internal.issuer;

import io.autotls.acme.AcmeCertificateException;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeNetworkException;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.AcmeRateLimitedException;
import io.autotls.acme.AcmeServerException;
import io.autotls.acme.AcmeUnsupportedException;
import io.autotls.acme.Authorization;
import io.autotls.acme.AuthorizationStatus;
import io.autotls.acme.Challenge;
import io.autotls.acme.Order;
import io.autotls.acme.Problem;
import io.autotls.acme.ProblemType;
import io.autotls.internal.issuer.AcmeState.Phase;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one place where the failures of ACME are sorted: what happens next, and what a person can do.
 */
final class Failures {
  private static final String NOTHING =
      "nothing, if it passes; otherwise look at the CA's status page.";

  private final CaSettings ca;
  private final IssuerContext context;

  Failures(CaSettings ca, IssuerContext context) {
    this.ca = ca;
    this.context = context;
  }

  /** Whether the CA does not know our account any more: registering its key again helps. */
  boolean isAccountLost(AcmeException e) {
    return e instanceof AcmeProblemException problem
        && problem.type() == ProblemType.ACCOUNT_DOES_NOT_EXIST;
  }

  IssuerException translate(AcmeException e, AcmeState state) {
    if (e instanceof AcmeNetworkException network) {
      return network(network);
    } else if (e instanceof AcmeRateLimitedException limited) {
      return rateLimited(limited);
    } else if (e instanceof AcmeProblemException problem) {
      return problem(problem, state);
    } else if (e instanceof AcmeServerException) {
      return failure(Reaction.RETRY_STEP, e, NOTHING);
    } else if (e instanceof AcmeUnsupportedException) {
      return failure(Reaction.OPERATOR, e, "use another CA: set autotls.ca.");
    } else if (e instanceof AcmeCertificateException) {
      return failure(Reaction.RETRY_ATTEMPT, e, "report it to the CA if it happens again.");
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
                  + " is a private CA, set autotls.ca.trust to a PEM file with its root; otherwise find"
                  + " out who intercepts the connection.");
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
      case REJECTED_IDENTIFIER, UNSUPPORTED_IDENTIFIER ->
          failure(
              Reaction.OPERATOR,
              e,
              "remove the name that the CA refuses from autotls.domains, or use a CA that issues for it.");
      case INVALID_CONTACT, UNSUPPORTED_CONTACT ->
          failure(Reaction.OPERATOR, e, "set autotls.email to an address that the CA accepts.");
      case INVALID_PROFILE ->
          failure(Reaction.OPERATOR, e, "set autotls.profile to a profile that the CA offers.");
      case CAA ->
          failure(
              Reaction.RETRY_ATTEMPT,
              e,
              "allow this CA in the CAA records of the name (RFC 8659).");
      case ORDER_NOT_READY, BAD_NONCE, SERVER_INTERNAL -> failure(Reaction.RETRY_STEP, e, NOTHING);
      case UNAUTHORIZED -> unauthorized(e, state);
      default -> failure(byStatus(e, state), e, NOTHING);
    };
  }

  private static Reaction byStatus(AcmeProblemException e, AcmeState state) {
    // An order that the CA does not know, or does not like any more, is given up for a new one.
    return e.status() >= 500 ? Reaction.RETRY_STEP : Reaction.RETRY_ATTEMPT;
  }

  private IssuerException unauthorized(AcmeProblemException e, AcmeState state) {
    if (state.phase() == Phase.ORDER || state.order() == null) {
      return failure(
          Reaction.OPERATOR,
          e,
          "check the account at the CA: its binding, what it may issue, and whether it is active.");
    }
    return failure(Reaction.RETRY_ATTEMPT, e, NOTHING);
  }

  private IssuerException userAction(AcmeProblemException e) {
    String terms = e.termsOfService().map(url -> " (" + url + ")").orElse("");
    Optional<URI> instance = e.problem().flatMap(Problem::instance);
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

  /** An order ended as invalid: the reason stands in the order, or in one of its authorizations. */
  IssuerException orderInvalid(Order order, List<Authorization> authorizations) {
    List<String> reasons = validationFailures(authorizations);
    ProblemType type = firstType(authorizations).orElse(ProblemType.UNKNOWN);
    if (reasons.isEmpty()) {
      order.error().ifPresent(problem -> reasons.add(problem.toString()));
      type = order.error().map(Problem::type).orElse(ProblemType.UNKNOWN);
    }
    String what = reasons.isEmpty() ? "it gave no reason" : String.join("; ", reasons);
    return new IssuerException(
        Reaction.RETRY_ATTEMPT, "the order failed: " + what + ".", advice(type), null);
  }

  /** For CAs that leave an order pending although a validation has failed. */
  void throwIfValidationFailed(List<Authorization> authorizations) throws IssuerException {
    List<String> reasons = validationFailures(authorizations);
    if (!reasons.isEmpty()) {
      ProblemType type = firstType(authorizations).orElse(ProblemType.UNKNOWN);
      throw new IssuerException(
          Reaction.RETRY_ATTEMPT,
          "validation failed: " + String.join("; ", reasons) + ".",
          advice(type),
          null);
    }
  }

  private static List<String> validationFailures(List<Authorization> authorizations) {
    List<String> reasons = new ArrayList<>();
    for (Authorization authorization : authorizations) {
      for (Challenge challenge : authorization.challenges()) {
        challenge
            .error()
            .ifPresent(
                problem ->
                    reasons.add(
                        authorization.identifier().value()
                            + " by "
                            + challenge.type()
                            + ": "
                            + problem));
      }
      boolean lost =
          authorization.status() != AuthorizationStatus.VALID
              && authorization.status() != AuthorizationStatus.PENDING;
      if (reasons.isEmpty() && lost) {
        reasons.add(authorization.identifier().value() + " is " + authorization.status());
      }
    }
    return reasons;
  }

  private static Optional<ProblemType> firstType(List<Authorization> authorizations) {
    return authorizations.stream()
        .flatMap(authorization -> authorization.challenges().stream())
        .flatMap(challenge -> challenge.error().stream())
        .map(Problem::type)
        .findFirst();
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
    return new IssuerException(
        reaction, sentence(e.getMessage()), advice, e.retryAfter().orElse(null), e);
  }

  private static String sentence(@Nullable String message) {
    String text = message == null ? "no reason was given" : message;
    return text.endsWith(".") ? text : text + ".";
  }
}
