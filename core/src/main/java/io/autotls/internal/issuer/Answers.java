package io.autotls.internal.issuer;

import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.Authorization;
import io.autotls.acme.ChallengeStatus;
import io.autotls.acme.Proof;
import io.autotls.acme.ProofVisibility;
import io.autotls.acme.Prover;
import io.autotls.acme.ProverNotReadyException;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverFailedException;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Answers to the challenges of an order: chooses solvers, presents, and cleans up. */
final class Answers implements Prover {
  /** Types that have no token by their definition (draft-ietf-acme-dns-persist). */
  private static final Set<String> TOKENLESS = Set.of("dns-persist-01");

  private final IssuerContext context;
  private final Issuance work;

  /** Answers for one attempt: each takes the next of the solvers that can answer. */
  Answers(IssuerContext context, Issuance work) {
    this.context = context;
    this.work = work;
  }

  /** Whether some solver could answer for {@code name} now, which may begin with {@code *.}. */
  private static Readiness readiness(IssuerContext context, String name) {
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
  private record Way(AcmeChallenge challenge, ChallengeSolver solver) {
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
  static Readiness readiness(IssuerContext context, List<String> names) {
    for (String name : names) {
      Readiness readiness = readiness(context, name);
      if (readiness instanceof Readiness.NotReady) {
        return readiness;
      }
    }
    return Readiness.ready();
  }

  /** Whether the solvers that have answered could go on now. */
  static Readiness readinessOf(IssuerContext context, Set<String> types) {
    List<String> reasons =
        context.solvers().stream()
            .filter(solver -> types.contains(solver.type()))
            .flatMap(solver -> missing(solver).stream())
            .toList();
    return reasons.isEmpty() ? Readiness.ready() : Readiness.notReady(String.join("; ", reasons));
  }

  /** Whether there are solvers for all of these types. */
  static boolean areThere(IssuerContext context, Set<String> types) {
    return context.solvers().stream()
        .map(ChallengeSolver::type)
        .collect(Collectors.toSet())
        .containsAll(types);
  }

  @Override
  public Optional<AcmeChallenge> choose(Authorization authorization)
      throws ProverNotReadyException {
    // One that the CA was told of, by whomever, is gone on with: there is no second try for it.
    Optional<AcmeChallenge> begun =
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
      return Optional.of(open.get(work.attempt() % open.size()).challenge());
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

  private static boolean isBegun(AcmeChallenge challenge) {
    return challenge.status() == ChallengeStatus.PROCESSING;
  }

  /** What has no token is answered by those alone who have a solver for such a type. */
  private static boolean isAnswerable(AcmeChallenge challenge) {
    return isAnswerable(challenge.type(), challenge.token());
  }

  private static boolean isAnswerable(Proof proof) {
    return isAnswerable(proof.type(), proof.token());
  }

  private static boolean isAnswerable(String type, Optional<String> token) {
    return token.map(Challenge::isToken).orElse(TOKENLESS.contains(type));
  }

  @Override
  public Optional<String> place(Proof proof) {
    Challenge challenge = challenge(proof);
    return solver(challenge).flatMap(solver -> solver.place(challenge));
  }

  @Override
  public ProofVisibility present(List<Proof> proofs) throws IOException {
    List<Challenge> challenges =
        proofs.stream().filter(this::isToBePresented).map(Answers::challenge).toList();
    if (challenges.isEmpty()) {
      return ProofVisibility.visible();
    }
    Visibility visibility;
    try {
      visibility = context.present(work, challenges);
    } catch (SolverFailedException e) {
      throw failed(e, proofs);
    }
    requireReady(challenges); // the CA is told next, and looks at once
    return translated(visibility);
  }

  /** The CA looks already; other nodes have the answer, and anybody may ask for news. */
  private boolean isToBePresented(Proof proof) {
    return !isBegun(proof.challenge().orElseThrow())
        || solver(challenge(proof)).filter(one -> missing(one).isEmpty()).isPresent();
  }

  private void requireReady(List<Challenge> challenges) throws ProverNotReadyException {
    for (Challenge challenge : challenges) {
      Optional<String> missing = solver(challenge).flatMap(Answers::missing);
      if (missing.isPresent()) {
        throw new ProverNotReadyException(missing.get());
      }
    }
  }

  /** A provider that fails every day must not keep another solver from doing its work. */
  private IOException failed(SolverFailedException failure, List<Proof> proofs)
      throws ProverNotReadyException {
    List<Proof> own = proofs.stream().filter(one -> one.type().equals(failure.type())).toList();
    requireReady(own.stream().map(Answers::challenge).toList()); // it stopped, and that is why
    for (Proof proof : own) {
      List<Way> ways = proof.authorization().map(this::ways).orElse(List.of());
      if (ways.stream().filter(way -> way.obstacle().isEmpty()).count() > 1) {
        return new UnansweredException(
            proof.identifier().value(), failure.type(), failure.getCause());
      }
    }
    if (failure.getCause() instanceof RuntimeException bug) {
      throw bug; // to be reported as such
    }
    return failure;
  }

  @Override
  public ProofVisibility settle(List<Proof> proofs) throws IOException {
    return translated(context.settle(work, proofs.stream().map(Answers::challenge).toList()));
  }

  @Override
  public void withdraw(List<Proof> proofs) throws IOException {
    List<Challenge> ours =
        proofs.stream().filter(Answers::isAnswerable).map(Answers::challenge).toList();
    if (!ours.isEmpty()) {
      context.cleanUp(work, ours);
    }
  }

  private static ProofVisibility translated(Visibility visibility) {
    if (visibility instanceof Visibility.NotYet notYet) {
      return ProofVisibility.notYet(notYet.lookAgain(), notYet.reason());
    } else if (visibility instanceof Visibility.Postponed postponed) {
      return ProofVisibility.postponed(postponed.tryAgain(), postponed.reason());
    }
    return ProofVisibility.visible();
  }

  /** The first one for this type and name: there is one for each type, as a rule. */
  private Optional<ChallengeSolver> solver(Challenge challenge) {
    return context.solvers().stream()
        .filter(solver -> solver.type().equals(challenge.type()))
        .filter(solver -> solver.supports(challenge.identifier(), challenge.wildcard()))
        .findFirst();
  }

  private static Challenge challenge(Proof proof) {
    Challenge.Builder challenge =
        Challenge.builder(proof.type(), proof.identifier().value().toLowerCase(Locale.ROOT))
            .accountUrl(proof.account().url());
    if (proof.wildcard()) {
      challenge.wildcard();
    }
    proof.token().ifPresent(token -> challenge.token(token, proof.keyAuthorization()));
    proof.challenge().map(AcmeChallenge::issuerDomainNames).ifPresent(challenge::issuerDomainNames);
    return challenge.build();
  }
}
