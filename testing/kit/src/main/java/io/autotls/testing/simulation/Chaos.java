package io.autotls.testing.simulation;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Decides what goes wrong, at each call of AutoTls into something simulated. Trouble that lasts
 * begins at calls too, so that it finds somebody at work, whatever the virtual clock says.
 */
final class Chaos {
  private static final int MOST_CRASHES = 12;

  /** Where all of them have to be made up for within a minute. */
  private static final int MOST_ENDS = 3;

  /**
   * To look for locks costs more than all else, so there is an end to calls that are slow alone.
   */
  private static final int MOST_SLOW_CALLS = 40;

  /** The share of the requests to a CA at which a name dies, where names do. */
  private static final double NAME_DIES = 0.02;

  /** The share of the starts with a clock that is wrong, where clocks are. */
  private static final double WRONG_AT_BOOT = 0.3;

  private final World world;
  private final Plan.Odds odds;
  private final Plan.People people;
  private final Plan.Naming naming;
  private final Plan.Clocks clocks;
  private final Plan.Boots boots;
  private final Plan.Versions versions;
  private final SplittableRandom random;
  private boolean over;
  private int crashes;
  private int slowCalls;

  Chaos(World world, Plan plan, SplittableRandom random) {
    this.world = world;
    this.odds = plan.odds();
    this.people = plan.people();
    this.naming = plan.names();
    this.clocks = plan.clocks();
    this.boots = plan.boots();
    this.versions = plan.versions();
    this.random = random;
  }

  /** From now on nothing goes wrong any more. */
  void end() {
    over = true;
  }

  private boolean drawn(double chance) {
    return !over && chance > 0 && random.nextDouble() < chance;
  }

  private void aliveOrCrash(Incarnation process) {
    if (process.isOver()) {
      throw new Crash();
    }
  }

  void beforeStorage(Incarnation process, String what, String key) throws IOException {
    if (isRoutine(what)) {
      aliveOrCrash(process);
      return;
    }
    interrupt(process, what + " " + key);
    if (drawn(people.wish())) {
      world.wish(random, world::renew);
    }
    if (drawn(people.revocation())) {
      world.wish(random, world::revoke);
    }
    if (drawn(odds.cut())) {
      Duration cut = upTo(Duration.ofMinutes(3));
      world.note(process, () -> "loses the storage for " + cut);
      process.machine().cutStorage(cut);
    }
    if (!process.machine().reachesStorage() || drawn(odds.storageError())) {
      world.referee().spoiled(key);
      world.note(process, () -> what + " " + key + ": does not arrive");
      throw new IOException("the simulated storage cannot be reached");
    }
  }

  /** Nodes look for news day and night; most of the time nothing happens while they do. */
  private boolean isRoutine(String what) {
    return what.equals("list") && random.nextInt(16) != 0;
  }

  void afterStorage(Incarnation process, String what, String key) throws IOException {
    if (drawn(odds.storageSilence())) {
      world.referee().spoiled(key);
      world.note(process, () -> what + " " + key + ": arrives, but its answer is lost");
      throw new IOException("the simulated storage did not answer");
    }
    interrupt(process, "after " + what + " " + key);
    world.note(process, () -> what + " " + key);
  }

  /** Whether a request reaches the CA; if not, this throws what the network would. */
  void beforeCa(Incarnation process, SimulatedCa ca, String what) throws IOException {
    interrupt(process, what);
    if (drawn(odds.cut())) {
      Duration cut = upTo(Duration.ofMinutes(10));
      world.note(process, () -> "loses the CA for " + cut);
      process.machine().cutCa(cut);
    }
    if (drawn(odds.trouble())) {
      ca.getIntoTrouble(random);
    }
    if (naming == Plan.Naming.THREE_AND_SOME_DIE && drawn(NAME_DIES)) {
      world.killName(random);
    }
    if (drawn(odds.jump())) {
      jump(process.machine());
    }
    if (!process.machine().reachesCa() || drawn(odds.caError())) {
      world.note(process, () -> what + ": does not arrive");
      throw new IOException("the simulated CA cannot be reached");
    }
  }

  /** Whether the CA's answer comes back. */
  void afterCa(Incarnation process, String what) throws IOException {
    if (drawn(odds.caSilence())) {
      world.note(process, () -> what + ": arrives, but its answer is lost");
      throw new IOException("the simulated CA did not answer");
    }
    interrupt(process, "after " + what);
  }

  private void jump(Machine machine) {
    if (machine.hasJumped()) {
      return; // one jump is enough at a time
    }
    if (clocks == Plan.Clocks.YEARS) {
      jumpByYears(machine);
      return;
    }
    Duration by = Duration.ofDays(random.nextBoolean() ? 1 : -1);
    world.note(machine.name(), () -> "its clock jumps by " + by);
    world.clockJumped();
    machine.jump(by);
    world
        .scheduler()
        .schedule(
            upTo(Duration.ofHours(12)),
            () -> {
              world.note(machine.name(), () -> "its clock is set right");
              machine.setRight();
            });
  }

  private void jumpByYears(Machine one) {
    Duration by = byHoursToYears();
    Duration lasting = upTo(Duration.ofDays(2));
    List<Machine> machines = random.nextInt(3) == 0 ? world.machines() : List.of(one);
    world.clockJumped();
    for (Machine machine : machines) {
      if (!machine.hasJumped()) {
        world.note(machine.name(), () -> "its clock jumps by " + by);
        machine.jump(by);
        world.scheduler().schedule(lasting, () -> setRight(machine));
      }
    }
  }

  private Duration byHoursToYears() {
    Duration by =
        switch (random.nextInt(3)) {
          case 0 -> Duration.ofHours(1 + random.nextInt(48));
          case 1 -> Duration.ofDays(3 + random.nextInt(100));
          default -> Duration.ofDays(365L * (1 + random.nextInt(10)));
        };
    return random.nextBoolean() ? by : by.negated();
  }

  private void setRight(Machine machine) {
    world.note(machine.name(), () -> "its clock is set right");
    machine.setRight();
  }

  /** A machine starts, perhaps with a clock that nobody has set yet. */
  void boots(Machine machine) {
    if (clocks == Plan.Clocks.YEARS && !machine.hasJumped() && drawn(WRONG_AT_BOOT)) {
      jumpByYears(machine);
    }
  }

  /** Everything that can happen to a process between two instructions. */
  private void interrupt(Incarnation process, String where) {
    aliveOrCrash(process);
    int most = boots.equals(Plan.Boots.AT_ONCE) ? MOST_CRASHES : MOST_ENDS;
    if (crashes < most && !process.isStopping() && drawn(boots.stop())) {
      crashes++;
      Duration moment = upTo(Duration.ofSeconds(2));
      world.stop(process, moment, random.nextBoolean());
      if (random.nextBoolean() && !holdsLocks()) {
        delay(process, moment.plusSeconds(1), where); // all of that happens in this very call
      }
    }
    if (crashes < most && drawn(odds.crash())) {
      crashes++;
      world.note(process, () -> "crashes, " + where);
      process.kill();
      throw new Crash();
    }
    if (drawn(odds.stall())) {
      Duration pause = Duration.ofMillis(random.nextLong(1_000, 40_000));
      world.note(process, () -> "stands still for " + pause + ", " + where);
      stop(process, pause);
    } else if (drawn(odds.yield())) {
      stop(process, Duration.ofMillis(random.nextInt(3)));
    } else if (slowCalls < MOST_SLOW_CALLS && drawn(odds.slow()) && !holdsLocks()) {
      slowCalls++;
      delay(process, Duration.ofMillis(random.nextLong(100, 15_000)), where);
    }
  }

  /** This call takes long, while its process goes on. */
  private void delay(Incarnation process, Duration delay, String where) {
    world.note(process, () -> "waits " + delay + ", " + where);
    process.slowed();
    process.enter();
    try {
      world.scheduler().delay(delay);
    } finally {
      process.leave();
    }
  }

  private void stop(Incarnation process, Duration pause) {
    if (pause.toMillis() > 500) {
      process.slowed();
    }
    process.enter();
    try {
      world.scheduler().pause(pause);
    } finally {
      process.leave();
    }
  }

  /**
   * A call may be slow alone only if nothing else of its process could need a lock that it holds: a
   * thread that waits for a lock cannot be told from one that computes, so the whole process stops
   * instead. Only monitors are looked at: the engine has no other locks, and to ask the JVM for
   * those takes a walk through the heap each time.
   */
  private static boolean holdsLocks() {
    ThreadInfo info =
        ManagementFactory.getThreadMXBean()
            .getThreadInfo(new long[] {Thread.currentThread().getId()}, true, false)[0];
    return info.getLockedMonitors().length > 0;
  }

  private Duration upTo(Duration most) {
    return Duration.ofMillis((long) (most.toMillis() * random.nextDouble()));
  }

  /** When a watcher hears of a change: never, once, or twice. */
  List<Duration> deliveries() {
    if (drawn(odds.lostNews())) {
      return List.of();
    }
    Duration late = upTo(drawn(odds.lostNews()) ? Duration.ofSeconds(20) : Duration.ofMillis(5));
    return drawn(odds.lostNews()) ? List.of(late, late.plusMillis(3)) : List.of(late);
  }

  /** Whether a watch that has lost something ends with that. */
  boolean endsWatch() {
    return random.nextBoolean();
  }

  /** How long after a change a watcher hears of something that means nothing, if at all. */
  Optional<Duration> rumour() {
    return drawn(odds.lostNews() / 10)
        ? Optional.of(upTo(Duration.ofSeconds(5)))
        : Optional.empty();
  }

  /** Which of the CAs a process is configured with, in which order. */
  List<SimulatedCa> configured(List<SimulatedCa> all) {
    if (all.size() < 2 || !drawn(people.configuration())) {
      return all;
    }
    SimulatedCa first = all.get(0);
    SimulatedCa second = all.get(1);
    return switch (random.nextInt(3)) {
      case 0 -> List.of(second, first);
      case 1 -> List.of(first);
      default -> List.of(second);
    };
  }

  /** Which version of AutoTls a process is that starts now. */
  StoredFormat version() {
    StoredFormat newest = versions.newest();
    boolean isFinal = over && newest == StoredFormat.NEXT_MAJOR;
    return newest == StoredFormat.PRESENT || isFinal || random.nextBoolean()
        ? newest
        : StoredFormat.PRESENT;
  }

  /** How long after AutoTls a server begins to listen. */
  Duration boot() {
    return random.nextInt(3) == 0 ? Duration.ZERO : upTo(boots.longest());
  }

  /** How long a machine stays down after a crash. */
  Duration downtime() {
    return switch (random.nextInt(5)) {
      case 0 -> Duration.ZERO;
      case 1 -> upTo(Duration.ofSeconds(2));
      case 2 -> upTo(Duration.ofSeconds(60));
      case 3 -> upTo(Duration.ofMinutes(10));
      default -> upTo(Duration.ofHours(2));
    };
  }
}
