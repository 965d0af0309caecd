package io.autotls.internal.issuer;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeException;
import io.autotls.acme.Authorization;
import io.autotls.acme.AuthorizationStatus;
import io.autotls.acme.ChallengeStatus;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Readiness;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Answers to the challenges of an order: chooses solvers, presents, tells the CA, and cleans up.
 */
final class Answers {
  private final IssuerContext context;

  /** What this process gave, by order: a shortcut that spares asking the CA once more. */
  private final Map<URI, List<Answer>> given = new ConcurrentHashMap<>();

  /** An answer that is about to be given. */
  private record Answer(
      ChallengeSolver solver, io.autotls.acme.Challenge question, Challenge challenge) {}

  Answers(IssuerContext context) {
    this.context = context;
  }

  /** Whether some solver could answer for {@code name} now, which may begin with {@code *.}. */
  Readiness readiness(String name) {
    boolean wildcard = name.startsWith("*.");
    String identifier = wildcard ? name.substring(2) : name;
    List<String> reasons = new ArrayList<>();
    for (ChallengeSolver solver : context.solvers()) {
      if (solver.supports(identifier, wildcard)) {
        Readiness readiness = solver.readiness();
        if (readiness instanceof Readiness.NotReady notReady) {
          reasons.add(solver.type() + ": " + notReady.reason());
        } else {
          return readiness;
        }
      }
    }
    return Readiness.notReady(
        reasons.isEmpty() ? "no solver can prove control of " + name : String.join("; ", reasons));
  }

  /**
   * Presents an answer for every authorization that is pending, then tells the CA to look at all of
   * them.
   *
   * @param attempt how many attempts have failed: each takes the next of the solvers that can
   *     answer
   */
  void give(AcmeAccount account, URI order, List<Authorization> authorizations, int attempt)
      throws AcmeException, IssuerException, IOException {
    List<Answer> answers = new ArrayList<>();
    for (Authorization authorization : authorizations) {
      if (authorization.status() == AuthorizationStatus.PENDING) {
        answers.add(choose(account, authorization, attempt));
      }
    }
    for (Answer answer : answers) {
      context.publish(answer.challenge());
      answer.solver().present(answer.challenge());
    }
    given.put(order, List.copyOf(answers));
    // Only now: the CA may look at once, from many places (RFC 8555 §8).
    for (Answer answer : answers) {
      if (answer.question().status() == ChallengeStatus.PENDING) {
        account.trigger(answer.question());
      }
    }
  }

  private Answer choose(AcmeAccount account, Authorization authorization, int attempt)
      throws IssuerException {
    List<Answer> possible = new ArrayList<>();
    for (ChallengeSolver solver : ready(authorization)) {
      find(authorization, solver.type())
          .ifPresent(
              question ->
                  possible.add(
                      new Answer(solver, question, challenge(account, authorization, question))));
    }
    if (possible.isEmpty()) {
      throw noCommonChallenge(authorization);
    }
    // One that the CA was told of before a crash is gone on with; there is no second try for it.
    return possible.stream()
        .filter(answer -> answer.question().status() == ChallengeStatus.PROCESSING)
        .findFirst()
        .orElse(possible.get(attempt % possible.size()));
  }

  private List<ChallengeSolver> ready(Authorization authorization) {
    return context.solvers().stream()
        .filter(
            solver -> solver.supports(authorization.identifier().value(), authorization.wildcard()))
        .filter(solver -> solver.readiness() instanceof Readiness.Ready)
        .toList();
  }

  private static Optional<io.autotls.acme.Challenge> find(
      Authorization authorization, String type) {
    return authorization.challenges().stream()
        .filter(challenge -> challenge.type().equals(type))
        .filter(challenge -> challenge.token().filter(Challenge::isToken).isPresent())
        .findFirst();
  }

  private static Challenge challenge(
      AcmeAccount account, Authorization authorization, io.autotls.acme.Challenge question) {
    String token = question.token().orElseThrow();
    return new Challenge(
        question.type(),
        authorization.identifier().value().toLowerCase(Locale.ROOT),
        authorization.wildcard(),
        token,
        account.keyAuthorization(token));
  }

  private IssuerException noCommonChallenge(Authorization authorization) {
    String offered =
        authorization.challenges().stream()
            .map(io.autotls.acme.Challenge::type)
            .collect(Collectors.joining(", "));
    String ours =
        context.solvers().stream().map(ChallengeSolver::type).collect(Collectors.joining(", "));
    return new IssuerException(
        IssuerException.Reaction.OPERATOR,
        "for "
            + authorization.identifier().value()
            + " the CA offers the challenges "
            + offered
            + ", and none of the solvers ("
            + ours
            + ") can answer one of them now.",
        "add a solver for one of these challenges.",
        null);
  }

  /**
   * Takes away what this process presented for an order.
   *
   * @return false if that is not known here, because another process presented it
   */
  boolean takeBack(URI order) throws IOException {
    List<Answer> answers = given.remove(order);
    if (answers == null) {
      return false;
    }
    for (Answer answer : answers) {
      answer.solver().cleanUp(answer.challenge());
      context.withdraw(answer.challenge());
    }
    return true;
  }

  /** Takes away what was presented for these authorizations, whichever solver and node it was. */
  void takeBack(AcmeAccount account, List<Authorization> authorizations) throws IOException {
    for (Authorization authorization : authorizations) {
      for (ChallengeSolver solver : context.solvers()) {
        Optional<io.autotls.acme.Challenge> question = find(authorization, solver.type());
        if (question.isPresent()) {
          Challenge challenge = challenge(account, authorization, question.get());
          solver.cleanUp(challenge);
          context.withdraw(challenge);
        }
      }
    }
  }
}
