package io.autotls.testing.simulation;

import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import io.autotls.testing.ReadySolver;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server of the application in one process: it listens some time after AutoTls was enabled.
 * What it answers to challenges, and where, the {@link Plan.Proofs} of the plan say.
 */
final class SimulatedServer extends ReadySolver {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(20);
  private static final Duration TOLERANCE = Duration.ofSeconds(1);

  /** In a row. A process that stood still may ask once for what another one has asked since. */
  private static final int MOST_EARLY = 3;

  private final World world;
  private final Plan.Proofs proofs;
  private final Map<String, Long> askedNotBefore = new HashMap<>(); // by token
  private final Map<String, Integer> askedEarly = new HashMap<>(); // how often in a row
  private @Nullable SolverContext context; // null before AutoTls has started
  private boolean listening;
  private long changedAt;

  SimulatedServer(World world) {
    this.world = world;
    this.proofs = world.plan().names().proofs();
  }

  void listens() {
    set(true);
  }

  void stops() {
    set(false);
  }

  private void set(boolean now) {
    listening = now;
    changedAt = world.scheduler().nanos();
    if (context != null) {
      context.readinessChanged();
    }
  }

  boolean isListening() {
    return listening;
  }

  /** How long it has been as it is. */
  Duration unchanged() {
    return Duration.ofNanos(world.scheduler().nanos() - changedAt);
  }

  @Override
  public String type() {
    return switch (proofs) {
      case BELIEVED -> super.type();
      case AT_ONE_PLACE -> "place-01";
      case IN_A_SLOW_ZONE -> "zone-01";
    };
  }

  @Override
  public void start(SolverContext context) {
    this.context = context;
  }

  @Override
  public Readiness readiness() {
    return listening ? Readiness.ready() : Readiness.notReady("the server does not listen");
  }

  @Override
  public Optional<String> place(Challenge challenge) {
    return proofs == Plan.Proofs.AT_ONE_PLACE
        ? Optional.of(challenge.identifier())
        : Optional.empty();
  }

  @Override
  public Visibility present(List<Challenge> challenges) throws IOException {
    if (proofs != Plan.Proofs.IN_A_SLOW_ZONE) {
      return Visibility.visible(); // what is in the storage is answered
    }
    for (Challenge challenge : challenges) {
      started().journal().write(challenge, Map.of());
      world.zone().add(token(challenge));
    }
    return visibility(challenges);
  }

  private Visibility visibility(List<Challenge> challenges) {
    if (challenges.stream().allMatch(one -> world.zone().isSeen(token(one)))) {
      return Visibility.visible();
    }
    long then = world.scheduler().nanos() + LOOK_AGAIN.minus(TOLERANCE).toNanos();
    challenges.forEach(challenge -> askedNotBefore.put(token(challenge), then));
    return Visibility.notYet(LOOK_AGAIN, "the servers of the zone have to follow");
  }

  @Override
  public Visibility settle(List<Challenge> challenges) {
    long now = world.scheduler().nanos();
    for (Challenge challenge : challenges) {
      boolean early = now < askedNotBefore.getOrDefault(token(challenge), 0L);
      int times = early ? askedEarly.merge(token(challenge), 1, Integer::sum) : 0;
      if (!early) {
        askedEarly.remove(token(challenge));
      }
      if (times == MOST_EARLY) {
        world.referee().askedTooEarly(challenge);
      }
    }
    return visibility(challenges);
  }

  @Override
  public void cleanUp(List<Challenge> challenges) throws IOException {
    if (proofs == Plan.Proofs.IN_A_SLOW_ZONE) {
      for (Challenge challenge : challenges) {
        world.zone().remove(token(challenge));
        started().journal().erase(challenge);
      }
    }
  }

  /** Whether a CA that comes here finds that answer. */
  boolean answers(String name, String token) {
    return switch (proofs) {
      case BELIEVED -> true;
      case AT_ONE_PLACE ->
          started().challenge(type(), name).filter(found -> token(found).equals(token)).isPresent();
      case IN_A_SLOW_ZONE -> world.zone().isSeen(token);
    };
  }

  private SolverContext started() {
    return Objects.requireNonNull(context, "not started");
  }

  private static String token(Challenge challenge) {
    return challenge.token().orElseThrow();
  }
}
