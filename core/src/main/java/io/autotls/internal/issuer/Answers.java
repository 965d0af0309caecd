package io.autotls.internal.issuer;

import io.autotls.acme.Authorization;
import io.autotls.acme.ChallengeStatus;
import io.autotls.acme.Proof;
import io.autotls.acme.ProofVisibility;
import io.autotls.acme.Prover;
import io.autotls.acme.ProverNotReadyException;
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
import java.util.stream.Collectors;

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
  private Readiness readiness(String name) {
    boolean wildcard = name.startsWith("*.");
    String identifier = wildcard ? name.substring(2) : name;
    List<String> reasons = new ArrayList<>();
    for (ChallengeSolver solver : context.solvers()) {
      if (solver.supports(identifier, wildcard)) {
        Optional<String> missing = missing(solver);
        if (missing.isEmpty()) {
          return Readiness.ready();
        }
        reasons.add(missing.get());
      }
    }
    return Readiness.notReady(
        reasons.isEmpty() ? "no solver can prove control of " + name : String.join("; ", reasons));
  }

  /** A challenge that is offered, and a solver for it. */
  private record Way(io.autotls.acme.Challenge challenge, ChallengeSolver solver) {
    Optional<String> obstacle() {
      return missing(solver);
    }
  }

  private static Optional<String> missing(ChallengeSolver solver) {
    return solver.readiness() instanceof Readiness.NotReady notReady
        ? Optional.of(solver.type() + ": " + notReady.reason())
        : Optional.empty();
  }

  /** Whether all names of an order could be proven now, as far as can be told before it is made. */
  Readiness readiness(List<String> names) {
    for (String name : names) {
      Readiness readiness = readiness(name);
      if (readiness instanceof Readiness.NotReady) {
        return readiness;
      }
    }
    return Readiness.ready();
  }

  @Override
  public Optional<io.autotls.acme.Challenge> choose(Authorization authorization)
      throws ProverNotReadyException {
    // One that the CA was told of, by whomever, is gone on with: there is no second try for it.
    Optional<io.autotls.acme.Challenge> begun =
        authorization.challenges().stream()
            .filter(Answers::isBegun)
            .filter(Answers::isAnswerable)
            .findFirst();
    if (begun.isPresent()) {
      return begun;
    }
    List<Way> ways = ways(authorization);
    List<Way> open = ways.stream().filter(way -> way.obstacle().isEmpty()).toList();
    if (!open.isEmpty()) {
      return Optional.of(open.get(attempt % open.size()).challenge());
    }
    if (ways.isEmpty()) {
      return Optional.empty();
    }
    String reasons =
        ways.stream().flatMap(way -> way.obstacle().stream()).collect(Collectors.joining("; "));
    throw new ProverNotReadyException(reasons.isEmpty() ? "it has just changed" : reasons);
  }

  private List<Way> ways(Authorization authorization) {
    return context.solvers().stream()
        .filter(
            solver -> solver.supports(authorization.identifier().value(), authorization.wildcard()))
        .flatMap(
            solver ->
                authorization.challenge(solver.type()).stream()
                    .filter(Answers::isAnswerable)
                    .map(challenge -> new Way(challenge, solver)))
        .toList();
  }

  private static boolean isBegun(io.autotls.acme.Challenge challenge) {
    return challenge.status() == ChallengeStatus.PROCESSING;
  }

  private static boolean isAnswerable(io.autotls.acme.Challenge challenge) {
    return challenge.token().filter(Challenge::isToken).isPresent();
  }

  @Override
  public ProofVisibility present(List<Proof> proofs) throws IOException {
    for (Proof proof : proofs) {
      present(proof);
    }
    return ProofVisibility.visible();
  }

  private void present(Proof proof) throws IOException {
    Challenge challenge = challenge(proof);
    context.publish(challenge);
    for (ChallengeSolver solver : solvers(proof)) {
      if (isBegun(proof.challenge().orElseThrow()) && missing(solver).isPresent()) {
        continue; // the CA looks already; other nodes have the answer, and anybody may ask for news
      }
      present(solver, challenge, proof.authorization().orElseThrow());
      requireReady(solver); // the CA is told next, and looks at once
    }
  }

  private static void requireReady(ChallengeSolver solver) throws ProverNotReadyException {
    String missing = missing(solver).orElse(null);
    if (missing != null) {
      throw new ProverNotReadyException(missing);
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
      requireReady(solver); // it stopped, and that is why
      if (ways(authorization).stream().filter(way -> way.obstacle().isEmpty()).count() > 1) {
        throw new UnansweredException(challenge.identifier(), solver.type(), e);
      }
      throw e;
    }
  }

  @Override
  public void withdraw(List<Proof> proofs) throws IOException {
    for (Proof proof : proofs) {
      withdraw(proof);
    }
  }

  private void withdraw(Proof proof) throws IOException {
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
