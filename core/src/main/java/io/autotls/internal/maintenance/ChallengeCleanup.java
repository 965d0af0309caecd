package io.autotls.internal.maintenance;

import io.autotls.internal.cluster.ChallengeEntries;
import io.autotls.internal.cluster.OngoingWork;
import io.autotls.internal.cluster.UnchangedEntries;
import io.autotls.internal.cluster.UnreadableEntries;
import io.autotls.internal.issuance.ChallengeResponder;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.spi.Challenge;
import io.autotls.spi.Key;
import io.autotls.spi.SolverFailedException;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what was published for challenges and left behind, by whichever node: within hours
 * after the work ended that it was for. What the clean-up journal names, and what is published in
 * the storage, is found here; the solver does the rest.
 *
 * <p>An entry is in use as long as an attempt for its certificate is under way, or may be taken up
 * again. This process must also have seen it unchanged for a while, since an attempt may begin at
 * any moment.
 */
public final class ChallengeCleanup implements Task {
  private static final Logger log = LoggerFactory.getLogger(ChallengeCleanup.class);

  /** The first run only notes what is there, as a rule. */
  private static final Duration FIRST = Duration.ofMinutes(10);

  private static final Duration AGAIN = Duration.ofHours(1);
  private static final Duration BETWEEN_LOTS = Duration.ofSeconds(1);
  private static final Duration UNCHANGED = Duration.ofMinutes(30);
  private static final int LOT = 50;

  /** Every node with a solver for it would have cleaned it up by then. */
  private static final Duration ORPHANED = Duration.ofDays(8);

  /** If the wall clock is wrong: no step waits that long, and there is a day to clean up. */
  private static final Duration UNCLAIMED = Duration.ofHours(20);

  private final List<ChallengeEntries> kinds;
  private final ChallengeResponder responder;
  private final OngoingWork work;
  private final TimeSource time;
  private final UnreadableEntries unreadable = new UnreadableEntries();
  private final UnchangedEntries unchanged;
  private final Set<String> failing = new HashSet<>(); // types whose solver failed in this run
  private final Deque<Item> toLookAt = new ArrayDeque<>(); // one run at a time

  private record Item(ChallengeEntries kind, Key key) {}

  /**
   * Creates it.
   *
   * @param kinds the journal first: what it names is gone when the challenge is not found any more
   */
  public ChallengeCleanup(
      List<ChallengeEntries> kinds,
      ChallengeResponder responder,
      OngoingWork work,
      TimeSource time) {
    this.kinds = List.copyOf(kinds);
    this.responder = responder;
    this.work = work;
    this.time = time;
    this.unchanged = new UnchangedEntries(time);
  }

  public Schedule first() {
    return in(FIRST);
  }

  @Override
  public Schedule run() {
    try {
      if (toLookAt.isEmpty()) {
        unreadable.begin();
        unchanged.begin();
        failing.clear();
        for (ChallengeEntries kind : kinds) {
          kind.keys().forEach(key -> toLookAt.add(new Item(kind, key)));
        }
      }
      for (int i = 0; i < LOT && !toLookAt.isEmpty(); i++) {
        lookAt(toLookAt.poll());
      }
    } catch (IOException | RuntimeException e) {
      log.debug("the cleaning of challenges failed", e); // optional work: an hour is soon enough
      toLookAt.clear();
    }
    return in(toLookAt.isEmpty() ? AGAIN : BETWEEN_LOTS);
  }

  private Schedule in(Duration delay) {
    return Schedule.of(time.instant().plus(delay), Priority.CLEANING);
  }

  private void lookAt(Item item) throws IOException {
    try {
      Optional<ChallengeEntries.Found> found = item.kind().read(item.key());
      if (found.isPresent()
          && unchanged.isUnchangedFor(UNCHANGED, item.key(), found.get().version())) {
        cleanUp(item.kind(), found.get());
      }
    } catch (SolverFailedException e) {
      failing.add(e.type());
      log.warn("{} Next: {} is cleaned up within the next hours.", e.getMessage(), item.key());
    } catch (IOException | RuntimeException e) {
      unreadable.failed(item.key(), e);
    }
  }

  private void cleanUp(ChallengeEntries kind, ChallengeEntries.Found found) throws IOException {
    Challenge challenge = found.challenge();
    if (challenge == null) {
      kind.delete(found); // half an entry: nobody can use it
      return;
    }
    String certificate = challenge.certificateId().orElse("");
    boolean inUse =
        !certificate.isEmpty() && work.of(certificate, UNCLAIMED) != OngoingWork.State.ENDED;
    if (inUse || failing.contains(challenge.type())) {
      return;
    }
    if (responder.cleanUpLeftover(challenge)) {
      kind.delete(found); // as a rule the solver has done so
      log.info("Took away what was left behind for {}: {}", challenge, found.key());
    } else if (isOrphan(found)) {
      kind.delete(found);
      log.warn(
          "What was published for {} may still be there: no node has had a solver for it for days."
              + " Next: the entry {} is forgotten. To do: remove it yourself if it is there.",
          challenge,
          found.key());
    }
  }

  /** By both clocks, for the wall clock may be wrong, and another node have a solver for it. */
  private boolean isOrphan(ChallengeEntries.Found found) {
    return found.publishedAt().isBefore(time.instant().minus(ORPHANED))
        && unchanged.isUnchangedFor(UNCLAIMED, found.key(), found.version());
  }
}
