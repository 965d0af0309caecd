package io.autotls.testing.simulation;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A place where processes run, one after the other: it has a clock of its own, and ways to the
 * others that may be cut.
 */
final class Machine {
  private final String name;
  private final World world;
  private final Duration clockError;
  private Duration jumped = Duration.ZERO;
  private long storageCutUntil;
  private long caCutUntil;
  private int lives;
  private @Nullable Incarnation present; // null before the first start and between two lives

  Machine(String name, World world, Duration clockError) {
    this.name = name;
    this.world = world;
    this.clockError = clockError;
  }

  String name() {
    return name;
  }

  Instant clock() {
    return world.now().plus(clockError).plus(jumped);
  }

  boolean hasJumped() {
    return !jumped.isZero();
  }

  long nanosAtBoot() {
    return name.hashCode() * 1_000_003L;
  }

  void jump(Duration by) {
    jumped = by;
  }

  void setRight() {
    jumped = Duration.ZERO;
  }

  void cutStorage(Duration duration) {
    storageCutUntil = world.scheduler().nanos() + duration.toNanos();
  }

  void cutCa(Duration duration) {
    caCutUntil = world.scheduler().nanos() + duration.toNanos();
  }

  boolean reachesStorage() {
    return world.scheduler().nanos() >= storageCutUntil;
  }

  boolean reachesCa() {
    return world.scheduler().nanos() >= caCutUntil;
  }

  /** Whatever was wrong with it is mended. */
  void mend() {
    storageCutUntil = 0;
    caCutUntil = 0;
    setRight();
  }

  @Nullable Incarnation present() {
    return present;
  }

  void start() {
    world.chaos().boots(this);
    Incarnation life =
        new Incarnation(this, ++lives, new SimulatedServer(world), world.chaos().version());
    present = life;
    world.scheduler().execute(life, () -> life.started(world.enable(life)));
  }

  /** Ends the process that runs here at once. */
  void kill() {
    Incarnation life = present;
    if (life != null) {
      life.kill();
      life.crashed();
    }
  }

  /** Whether a server listens here. */
  boolean isListening() {
    Incarnation life = present;
    return life != null && !life.isOver() && life.server().isListening();
  }

  void onCrash() {
    present = null;
    world.onCrash(this);
  }
}
