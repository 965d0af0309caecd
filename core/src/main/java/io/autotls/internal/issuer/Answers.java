package io.autotls.internal.issuer;

import io.autotls.acme.Authorization;
import io.autotls.acme.ChallengeStatus;
import io.autotls.acme.Proof;
import io.autotls.acme.Prover;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.ConflictException;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Readiness;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Answers to the challenges of an order: chooses solvers, presents, and cleans up. */
final class Answers implements Prover {
  private final IssuerContext context;
  private final int attempt;

  /**
   * Answers for one attempt.
   *
   * @param attempt how many have failed: each takes the next of the solvers that can answer
   */
  Answers(IssuerContext context, int attempt) {
    this.context = context;
    this.attempt = attempt;
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

  @Override
  public Optional<io.autotls.acme.Challenge> choose(Authorization authorization) {
    List<io.autotls.acme.Challenge> possible = possible(authorization);
    if (possible.isEmpty()) {
      return Optional.empty();
    }
    // One that the CA was told of before a crash is gone on with; there is no second try for it.
    return possible.stream()
        .filter(challenge -> challenge.status() == ChallengeStatus.PROCESSING)
        .findFirst()
        .or(() -> Optional.of(possible.get(attempt % possible.size())));
  }

  private List<io.autotls.acme.Challenge> possible(Authorization authorization) {
    return context.solvers().stream()
        .filter(
            solver -> solver.supports(authorization.identifier().value(), authorization.wildcard()))
        .filter(solver -> solver.readiness() instanceof Readiness.Ready)
        .flatMap(solver -> authorization.challenge(solver.type()).stream())
        .filter(challenge -> challenge.token().filter(Challenge::isToken).isPresent())
        .toList();
  }

  @Override
  public void present(Proof proof) throws IOException {
    Challenge challenge = challenge(proof);
    context.publish(challenge);
    for (ChallengeSolver solver : solvers(proof)) {
      present(solver, challenge, proof.authorization());
    }
  }

  /** A provider that fails every day must not keep another solver from doing its work. */
  private void present(ChallengeSolver solver, Challenge challenge, Authorization authorization)
      throws IOException {
    try {
      solver.present(challenge);
    } catch (ConflictException e) {
      throw e; // another node was faster: that is about the storage, not about the solver
    } catch (IOException | RuntimeException e) {
      if (possible(authorization).size() > 1) {
        throw new UnansweredException(challenge.identifier(), solver.type(), e);
      }
      throw e;
    }
  }

  @Override
  public void withdraw(Proof proof) throws IOException {
    if (proof.token().filter(Challenge::isToken).isEmpty() || solvers(proof).isEmpty()) {
      return; // never answered by any of us
    }
    Challenge challenge = challenge(proof);
    for (ChallengeSolver solver : solvers(proof)) {
      solver.cleanUp(challenge);
    }
    context.withdraw(challenge);
  }

  /** The first one for this type and name: there is one for each type, as a rule. */
  private List<ChallengeSolver> solvers(Proof proof) {
    return context.solvers().stream()
        .filter(solver -> solver.type().equals(proof.type()))
        .filter(solver -> solver.supports(proof.identifier().value(), proof.wildcard()))
        .limit(1)
        .toList();
  }

  private static Challenge challenge(Proof proof) {
    return new Challenge(
        proof.type(),
        proof.identifier().value().toLowerCase(Locale.ROOT),
        proof.wildcard(),
        proof.token().orElseThrow(),
        proof.keyAuthorization());
  }
}
