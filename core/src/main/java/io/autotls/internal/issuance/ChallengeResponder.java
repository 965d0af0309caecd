package io.autotls.internal.issuance;

import io.autotls.internal.cluster.ChallengeStore;
import io.autotls.internal.text.PlainText;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.ConflictException;
import io.autotls.spi.SolverFailedException;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the challenges of an order through the solvers: all of them or none.
 *
 * <p>Where answers need places of their own, the places are taken in the order of their names, and
 * whoever meets one that is taken gives up those it has. So of several orders that want some of the
 * same places one goes on at any time, and one that waits keeps nobody out.
 *
 * <p>Safe for use by many threads.
 */
public final class ChallengeResponder {
  private static final Logger log = LoggerFactory.getLogger(ChallengeResponder.class);

  /** Before a place is looked at again; the answer in it stands for some seconds, as a rule. */
  private static final Duration PLACE = Duration.ofSeconds(1);

  private final ChallengeStore store;
  private final List<ChallengeSolver> solvers;

  public ChallengeResponder(ChallengeStore store, List<ChallengeSolver> solvers) {
    this.store = store;
    this.solvers = List.copyOf(solvers);
  }

  /** A call of a solver. */
  @FunctionalInterface
  private interface Call {
    Visibility make(ChallengeSolver solver, List<Challenge> challenges) throws IOException;
  }

  /** As {@link io.autotls.spi.IssuerContext#present}, for the certificate with that id. */
  public Visibility present(
      String certificateId, List<Challenge> challenges, ChallengeStore.Fence fence)
      throws IOException {
    List<Challenge> ours = owned(certificateId, challenges);
    Map<ChallengeSolver, List<Challenge>> bySolver = bySolver(ours);
    if (!publish(ours, fence)) {
      return Visibility.postponed(PLACE, "the answer to another order stands in the same place");
    }
    Visibility visibility = ask(bySolver, ChallengeSolver::present);
    if (visibility instanceof Visibility.Postponed) {
      cleanUp(certificateId, challenges);
    }
    return visibility;
  }

  /** As {@link io.autotls.spi.IssuerContext#settle}. */
  public Visibility settle(String certificateId, List<Challenge> challenges) throws IOException {
    return ask(bySolver(owned(certificateId, challenges)), ChallengeSolver::settle);
  }

  /** As {@link io.autotls.spi.IssuerContext#cleanUp}: what fails is found again by its entry. */
  public void cleanUp(String certificateId, List<Challenge> challenges) {
    for (Map.Entry<ChallengeSolver, List<Challenge>> own :
        known(owned(certificateId, challenges)).entrySet()) {
      try {
        cleanUp(own.getKey(), own.getValue());
      } catch (IOException e) {
        log.warn(
            "What the solver for {} published for {} could not be taken away: {}. Next: it is tried"
                + " again within a day. To do: nothing, if that passes; else remove it yourself.",
            own.getKey().type(),
            own.getValue().stream().map(Challenge::identifier).distinct().limit(10).toList(),
            PlainText.message(String.valueOf(e.getMessage())));
      }
    }
  }

  /**
   * Cleans up after work that ended without doing so.
   *
   * @return false if no solver of this node could have made it
   * @throws SolverFailedException if the solver failed
   */
  public boolean cleanUpLeftover(Challenge challenge) throws IOException {
    for (Map.Entry<ChallengeSolver, List<Challenge>> own : known(List.of(challenge)).entrySet()) {
      cleanUp(own.getKey(), own.getValue());
      return true;
    }
    return false;
  }

  private void cleanUp(ChallengeSolver solver, List<Challenge> challenges) throws IOException {
    try {
      solver.cleanUp(List.copyOf(challenges));
    } catch (IOException | RuntimeException e) {
      throw new SolverFailedException(solver.type(), e);
    }
    for (Challenge challenge : challenges) {
      store.withdraw(challenge, solver.place(challenge).orElse(null));
    }
  }

  private static List<Challenge> owned(String certificateId, List<Challenge> challenges) {
    return challenges.stream()
        .map(challenge -> challenge.toBuilder().certificateId(certificateId).build())
        .toList();
  }

  /** The first one for this type and name: there is one for each type, as a rule. */
  private Optional<ChallengeSolver> solver(Challenge challenge) {
    return solvers.stream()
        .filter(solver -> solver.type().equals(challenge.type()))
        .filter(solver -> solver.supports(challenge.identifier(), challenge.wildcard()))
        .findFirst();
  }

  private Map<ChallengeSolver, List<Challenge>> bySolver(List<Challenge> challenges) {
    for (Challenge challenge : challenges) {
      if (solver(challenge).isEmpty()) {
        throw new IllegalArgumentException("no solver can answer " + challenge);
      }
    }
    return known(challenges);
  }

  private Map<ChallengeSolver, List<Challenge>> known(List<Challenge> challenges) {
    Map<ChallengeSolver, List<Challenge>> bySolver = new LinkedHashMap<>();
    for (Challenge challenge : challenges) {
      solver(challenge)
          .ifPresent(
              solver -> bySolver.computeIfAbsent(solver, any -> new ArrayList<>()).add(challenge));
    }
    return bySolver;
  }

  private record Placed(Challenge challenge, String place) {}

  /** False if one of the places is taken. */
  private boolean publish(List<Challenge> challenges, ChallengeStore.Fence fence)
      throws IOException {
    List<Placed> placed = new ArrayList<>();
    Set<String> places = new HashSet<>();
    for (Challenge challenge : challenges) {
      Optional<String> place = solver(challenge).flatMap(solver -> solver.place(challenge));
      place.ifPresent(one -> placed.add(new Placed(challenge, one)));
      if (place.isPresent() && !places.add(challenge.type() + "/" + place.get())) {
        throw new IllegalArgumentException("two answers at one place: " + challenge);
      }
    }
    placed.sort(
        Comparator.comparing((Placed one) -> one.challenge().type()).thenComparing(Placed::place));
    for (int i = 0; i < placed.size(); i++) {
      Placed one = placed.get(i);
      if (store.publish(one.challenge(), one.place(), fence) == ChallengeStore.Claim.OCCUPIED) {
        for (Placed taken : placed.subList(0, i)) {
          store.withdraw(taken.challenge(), taken.place());
        }
        return false;
      }
    }
    Set<Challenge> done = new HashSet<>();
    placed.forEach(one -> done.add(one.challenge()));
    for (Challenge challenge : challenges) {
      if (!done.contains(challenge)) {
        store.publish(challenge, null, fence);
      }
    }
    return true;
  }

  /** What one of them has to wait for, all of them wait for. */
  private static Visibility ask(Map<ChallengeSolver, List<Challenge>> bySolver, Call call)
      throws IOException {
    Visibility all = Visibility.visible();
    for (Map.Entry<ChallengeSolver, List<Challenge>> own : bySolver.entrySet()) {
      all = later(all, ask(own.getKey(), List.copyOf(own.getValue()), call));
    }
    return all;
  }

  private static Visibility ask(ChallengeSolver solver, List<Challenge> challenges, Call call)
      throws IOException {
    try {
      return call.make(solver, challenges);
    } catch (ConflictException e) {
      throw e; // another node was faster: that is about the storage, not about the solver
    } catch (IOException | RuntimeException e) {
      throw new SolverFailedException(solver.type(), e);
    }
  }

  private static Visibility later(Visibility a, Visibility b) {
    if (a instanceof Visibility.Postponed || b instanceof Visibility.Visible) {
      return a;
    } else if (b instanceof Visibility.Postponed || a instanceof Visibility.Visible) {
      return b;
    }
    Visibility.NotYet first = (Visibility.NotYet) a;
    Visibility.NotYet second = (Visibility.NotYet) b;
    return first.lookAgain().compareTo(second.lookAgain()) >= 0 ? first : second;
  }
}
