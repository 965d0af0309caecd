package io.autotls.testing.simulation;

import io.autotls.spi.Issuer;
import io.autotls.spi.OrderLimits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What a schedule is made of, all of it drawn from its seed.
 *
 * @param machines how many there are, each with one process
 * @param certificates how many are wanted
 * @param lifetimes what the CA chooses from
 * @param turmoil how long things go wrong, before everything is mended and has to settle
 * @param watches what the storage tells of changes
 * @param odds how often what goes wrong
 * @param people what people do meanwhile
 * @param ca how the CA behaves
 * @param second whom the certificates of a second CA convince; empty if there is none
 * @param names what is in a certificate, and what becomes of it
 * @param boots how the processes start and stop
 * @param clocks how wrong clocks are that are set wrong
 * @param versions which versions of AutoTls run side by side
 */
record Plan(
    int machines,
    int certificates,
    List<Duration> lifetimes,
    Duration turmoil,
    Watches watches,
    Odds odds,
    People people,
    Manners ca,
    Optional<Issuer.Trust> second,
    Naming names,
    Boots boots,
    Clocks clocks,
    Versions versions) {

  /** Which versions of AutoTls run side by side, some of each after each restart. */
  enum Versions {
    /** This one. */
    ONE(StoredFormat.PRESENT),
    /** This one, and one that stores more than it knows. */
    WITH_NEXT_MINOR(StoredFormat.NEXT_MINOR),
    /** This one, and one whose records it must leave alone; in the end only that one. */
    WITH_NEXT_MAJOR(StoredFormat.NEXT_MAJOR);

    private final StoredFormat newest;

    Versions(StoredFormat newest) {
      this.newest = newest;
    }

    StoredFormat newest() {
      return newest;
    }
  }

  /** How wrong a clock is that is set wrong. */
  enum Clocks {
    /** By a day, for some hours; on one machine at a time. */
    A_DAY,
    /** By hours to years, for some days; on one machine or on all, before the start as well. */
    YEARS
  }

  /** What is in a certificate. */
  enum Naming {
    /** One name, which can be proven whenever all else is well. */
    ONE_EACH(Proofs.BELIEVED),
    /** Three names, some of which cannot be proven any more from some time on. */
    THREE_AND_SOME_DIE(Proofs.BELIEVED),
    /** One name that all have, and one of its own. */
    OVERLAPPING_AT_ONE_PLACE(Proofs.AT_ONE_PLACE),
    /** The same. */
    OVERLAPPING_IN_A_SLOW_ZONE(Proofs.IN_A_SLOW_ZONE);

    private final Proofs proofs;

    Naming(Proofs proofs) {
      this.proofs = proofs;
    }

    Proofs proofs() {
      return proofs;
    }
  }

  /** How challenges are answered. */
  enum Proofs {
    /** The CA believes that whoever listens has the answer. */
    BELIEVED,
    /** By the name alone, so that there is room for one answer: whoever listens has it. */
    AT_ONE_PLACE,
    /** In the DNS, where it is seen within minutes, and stays when a process ends. */
    IN_A_SLOW_ZONE
  }

  /**
   * How often what goes wrong, as a share of the calls of AutoTls into the storage and the CA.
   *
   * @param yield somebody else goes first
   * @param stall this process stops for a time around that of a lease, as in a long collection of
   *     garbage
   * @param slow this one call takes long, while its process goes on
   * @param crash the process ends
   * @param storageError the storage does nothing and says so
   * @param storageSilence the storage does it and the answer is lost
   * @param caError the CA cannot be reached
   * @param caSilence the CA does it and the answer is lost
   * @param cut a machine loses the storage, or the CA, for a while
   * @param trouble the CA refuses, is down, or fails to validate for a while
   * @param jump a machine's clock is set wrong by a day, and right again later
   * @param lostNews a watcher is not told; it may be told late or twice as often
   */
  record Odds(
      double yield,
      double stall,
      double slow,
      double crash,
      double storageError,
      double storageSilence,
      double caError,
      double caSilence,
      double cut,
      double trouble,
      double jump,
      double lostNews) {
    /** Nothing ever goes wrong. */
    static final Odds NONE = new Odds(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /**
   * How processes start and stop.
   *
   * @param stop the share of the calls at which a process is asked to stop, its server before or
   *     after AutoTls
   * @param longest how long after AutoTls the server may begin to listen
   */
  record Boots(double stop, Duration longest) {
    /** A server listens from the beginning, and nobody stops it. */
    static final Boots AT_ONCE = new Boots(0, Duration.ZERO);
  }

  /**
   * How often people do something, as a share.
   *
   * @param revocation of the calls to the storage at which somebody wants what some node serves
   *     revoked
   * @param wish of the calls to the storage at which somebody asks some node for a renewal
   * @param configuration of the processes that start with other CAs than they should, or in another
   *     order
   */
  record People(double wish, double configuration, double revocation) {
    /** Nobody does anything. */
    static final People NONE = new People(0, 0, 0);
  }

  /** What the CA does with a second order for the same names while the first one is open. */
  enum OpenOrders {
    /** It answers with the first one, as Let's Encrypt does. */
    REUSED,
    /** It makes another one; its list of orders is the only way to find the first. */
    LISTED
  }

  /**
   * How a CA behaves when it is well.
   *
   * @param validation how long it takes to look at a challenge
   * @param signing how long it takes to sign
   * @param openOrders what it does with orders that are still open
   * @param limits what it allows
   * @param suggests whether it offers renewal information (RFC 9773)
   * @param askAgain how long that may be relied on, at most
   */
  record Manners(
      Duration validation,
      Duration signing,
      OpenOrders openOrders,
      OrderLimits limits,
      Suggestions suggests,
      Duration askAgain) {
    private Manners within(OrderLimits limits) {
      return new Manners(validation, signing, openOrders, limits, suggests, askAgain);
    }
  }

  /** What a watch is worth; the {@linkplain Odds#lostNews share} of what it loses is drawn. */
  enum Watches {
    /** There is none. */
    NONE,
    /** It can be had, and hears nothing, as on a network file system. */
    DEAF,
    /** It loses some changes, and does not claim otherwise. */
    UNRELIABLE,
    /** It says when it has lost something. */
    RELIABLE,
    /** It says that it is reliable, and loses changes without a word. */
    LYING;

    boolean claimsToBeReliable() {
      return this == RELIABLE || this == LYING;
    }
  }

  /** Whether a CA says when it would like a renewal. */
  enum Suggestions {
    NONE,
    WINDOWS
  }

  /** Nothing goes wrong by itself. */
  static Plan calm(int machines, int certificates, Duration lifetime, Manners ca) {
    return new Plan(
        machines,
        certificates,
        List.of(lifetime),
        Duration.ZERO,
        Watches.RELIABLE,
        Odds.NONE,
        People.NONE,
        ca,
        Optional.empty(),
        Naming.ONE_EACH,
        Boots.AT_ONCE,
        Clocks.A_DAY,
        Versions.ONE);
  }

  static Plan of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    boolean jumps =
        random.nextInt(12) == 0; // rare: only long lives survive them, and those cost time
    List<Duration> lifetimes = jumps ? List.of(Duration.ofDays(6)) : lifetimes(random);
    Duration longest = lifetimes.get(lifetimes.size() - 1);
    return new Plan(
        jumps ? 1 + random.nextInt(2) : machines(random),
        jumps ? 1 : 1 + random.nextInt(3),
        lifetimes,
        longest.multipliedBy(random.nextInt(2, 5)).dividedBy(4).plusMinutes(20),
        watches(seed, random.nextInt(4) != 0 || jumps, jumps),
        odds(random, jumps ? 0.02 : 0),
        People.NONE,
        manners(random),
        second(random),
        Naming.ONE_EACH,
        Boots.AT_ONCE,
        Clocks.A_DAY,
        Versions.ONE);
  }

  /** The same, where somebody else goes first at that share of the calls. */
  Plan takingTurns(double share) {
    Odds turns = new Odds(share, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return with(turns, people, ca, second);
  }

  /** The plan of a seed, with more of one kind of trouble. */
  static Plan of(long seed, Stress stress) {
    Plan plan = of(seed);
    SplittableRandom random = new SplittableRandom(~seed);
    return switch (stress) {
      case EVERYTHING -> plan;
      case RESTARTS -> plan.troubled(0.2, 0.04, Optional.empty(), plan.ca());
      case LIMITS ->
          plan.troubled(
              0.1, 0, Optional.empty(), plan.ca().within(tightLimits(plan.lifetimes().get(0))));
      case SECOND_CA ->
          plan.troubled(
              0.2,
              plan.odds().crash(),
              Optional.of(random.nextBoolean() ? Issuer.Trust.TEST : Issuer.Trust.PUBLIC),
              plan.ca());
      case PEOPLE ->
          plan.with(
              plan.odds(),
              new People(random.nextBoolean() ? 0.01 : 0, 0.4, 0),
              plan.ca(),
              Optional.of(random.nextInt(4) == 0 ? Issuer.Trust.TEST : Issuer.Trust.PUBLIC));
      case DEAD_NAMES ->
          new Plan(
              plan.machines(),
              plan.certificates(),
              plan.lifetimes(),
              plan.turmoil(),
              plan.watches(),
              plan.odds(),
              plan.people(),
              plan.ca(),
              plan.second(),
              Naming.THREE_AND_SOME_DIE,
              Boots.AT_ONCE,
              Clocks.A_DAY,
              Versions.ONE);
      case BOOTS -> plan.booting();
      case CLOCKS -> plan.withWrongClocks(1 + random.nextInt(3));
      case WATCHES -> plan.watched(random);
      case REVOCATIONS -> plan.revoking();
      case UPGRADES -> plan.upgraded(random);
      case CHALLENGES -> plan.challenged(random);
    };
  }

  /** So few ends that all of them may be made up for at once, and nothing else to wait for. */
  private Plan booting() {
    Odds ends = new Odds(odds.yield(), odds.stall(), odds.slow(), 0.03, 0, 0, 0, 0, 0, 0, 0, 0);
    return new Plan(
        machines,
        certificates,
        lifetimes,
        turmoil,
        Watches.RELIABLE,
        ends,
        People.NONE,
        ca.within(OrderLimits.none()),
        Optional.empty(),
        Naming.ONE_EACH,
        new Boots(0.03, Duration.ofSeconds(20)),
        Clocks.A_DAY,
        Versions.ONE);
  }

  /** Only processes end: then no look of the CA may be in vain. */
  private Plan challenged(SplittableRandom random) {
    Odds ends = new Odds(odds.yield(), odds.stall(), 0, 0.02, 0, 0, 0, 0, 0, 0, 0, 0);
    return new Plan(
        machines,
        2 + random.nextInt(2),
        List.of(Duration.ofHours(6)),
        Duration.ofHours(10),
        Watches.RELIABLE,
        ends,
        People.NONE,
        ca.within(OrderLimits.none()),
        Optional.empty(),
        random.nextBoolean() ? Naming.OVERLAPPING_AT_ONE_PLACE : Naming.OVERLAPPING_IN_A_SLOW_ZONE,
        Boots.AT_ONCE,
        Clocks.A_DAY,
        Versions.ONE);
  }

  /** Long lives: the short ones end while a clock is wrong, and prove nothing. */
  private Plan withWrongClocks(int howMany) {
    List<Duration> week = List.of(Duration.ofDays(6));
    Odds jumps = new Odds(0, 0, 0, odds.crash(), 0, 0, 0, 0, 0, 0, 0.1, 0);
    return new Plan(
        howMany,
        1,
        week,
        Duration.ofDays(7),
        Watches.RELIABLE,
        jumps,
        People.NONE,
        ca.within(OrderLimits.none()),
        Optional.empty(),
        Naming.ONE_EACH,
        Boots.AT_ONCE,
        Clocks.YEARS,
        Versions.ONE);
  }

  /** Lives that outlast the wish; no CA that names times, which a wish may or may not pass. */
  private Plan revoking() {
    Odds more =
        new Odds(
            odds.yield(),
            odds.stall(),
            odds.slow(),
            Math.max(odds.crash(), 0.01),
            odds.storageError(),
            odds.storageSilence(),
            odds.caError(),
            odds.caSilence(),
            odds.cut(),
            0,
            0,
            odds.lostNews());
    return new Plan(
        machines,
        certificates,
        List.of(Duration.ofDays(6)),
        Duration.ofHours(6),
        Watches.RELIABLE,
        more,
        new People(0, 0, 0.01),
        ca.within(OrderLimits.none()),
        Optional.empty(),
        Naming.ONE_EACH,
        Boots.AT_ONCE,
        Clocks.A_DAY,
        Versions.ONE);
  }

  /** Many ends, each of which may be followed by another version, and what else the seed draws. */
  private Plan upgraded(SplittableRandom random) {
    Odds ends =
        new Odds(
            odds.yield(),
            odds.stall(),
            odds.slow(),
            0.02,
            odds.storageError(),
            odds.storageSilence(),
            odds.caError(),
            odds.caSilence(),
            odds.cut(),
            odds.trouble(),
            0,
            odds.lostNews());
    return new Plan(
        1 + random.nextInt(3),
        certificates,
        lifetimes,
        turmoil,
        watches,
        ends,
        new People(0, 0, random.nextBoolean() ? 0.005 : 0),
        ca,
        Optional.empty(),
        Naming.ONE_EACH,
        Boots.AT_ONCE,
        Clocks.A_DAY,
        random.nextInt(3) == 0 ? Versions.WITH_NEXT_MAJOR : Versions.WITH_NEXT_MINOR);
  }

  /** The same with nothing between the nodes but what watches do not tell. */
  private Plan watched(SplittableRandom random) {
    double lost = 0.1 + 0.8 * random.nextDouble();
    return new Plan(
        2 + random.nextInt(2),
        certificates,
        List.of(Duration.ofHours(6)),
        Duration.ofHours(10),
        Watches.values()[random.nextInt(Watches.values().length)],
        new Odds(odds.yield(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, lost),
        new People(0.004, 0, 0), // what is planned all nodes do at the same time, without any news
        ca,
        Optional.empty(),
        Naming.ONE_EACH,
        Boots.AT_ONCE,
        Clocks.A_DAY,
        Versions.ONE);
  }

  /** Whether only watches fail: then what one node writes has to reach the others soon. */
  boolean troublesWatchesOnly() {
    Odds others = new Odds(odds.yield(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, odds.lostNews());
    return odds.equals(others) && people.configuration() == 0 && boots.equals(Boots.AT_ONCE);
  }

  private static Watches watches(long seed, boolean some, boolean forDays) {
    if (!some) {
      return Watches.NONE;
    }
    // To poll for days costs more than it finds.
    Watches[] any =
        forDays
            ? new Watches[] {Watches.RELIABLE}
            : new Watches[] {
              Watches.LYING, Watches.RELIABLE, Watches.UNRELIABLE, Watches.LYING, Watches.DEAF
            };
    return any[(int) Long.remainderUnsigned(seed, any.length)];
  }

  private Plan with(Odds odds, People people, Manners ca, Optional<Issuer.Trust> second) {
    return new Plan(
        machines,
        certificates,
        lifetimes,
        turmoil,
        watches,
        odds,
        people,
        ca,
        second,
        names,
        boots,
        clocks,
        versions);
  }

  private Plan troubled(double trouble, double crash, Optional<Issuer.Trust> other, Manners ca) {
    Odds more =
        new Odds(
            odds.yield(),
            odds.stall(),
            odds.slow(),
            crash,
            odds.storageError(),
            odds.storageSilence(),
            odds.caError(),
            odds.caSilence(),
            odds.cut(),
            trouble,
            odds.jump(),
            odds.lostNews());
    return with(more, people, ca, other);
  }

  /** So tight that a few failures use them up, but not too tight for renewals that work. */
  private static OrderLimits tightLimits(Duration life) {
    return OrderLimits.of(
        List.of(OrderLimits.Rule.of(OrderLimits.Scope.NAME_SET, 2, life.dividedBy(2))));
  }

  private static Optional<Issuer.Trust> second(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> Optional.of(Issuer.Trust.PUBLIC);
      case 1 -> Optional.of(Issuer.Trust.TEST);
      default -> Optional.empty();
    };
  }

  private static int machines(SplittableRandom random) {
    int drawn = random.nextInt(10);
    return drawn < 3 ? 1 : drawn < 7 ? 2 : drawn < 9 ? 3 : 4;
  }

  private static List<Duration> lifetimes(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> List.of(Duration.ofHours(1));
      case 1 -> List.of(Duration.ofHours(2), Duration.ofHours(3));
      case 2 -> List.of(Duration.ofMinutes(90), Duration.ofHours(4));
      default -> List.of(Duration.ofHours(6));
    };
  }

  private static Odds odds(SplittableRandom random, double jump) {
    // Most schedules have few kinds of trouble: where everything fails, nothing gets far enough to
    // be interesting.
    return new Odds(
        one(random, 0.4, 0.3),
        one(random, 0.5, 0.01),
        one(random, 0.3, 0.03),
        one(random, 0.6, 0.02),
        one(random, 0.4, 0.03),
        one(random, 0.4, 0.03),
        one(random, 0.4, 0.05),
        one(random, 0.4, 0.1),
        one(random, 0.3, 0.01),
        one(random, 0.5, 0.05),
        jump,
        one(random, 0.5, 0.3));
  }

  /** With that chance up to {@code most}, else never. */
  private static double one(SplittableRandom random, double chance, double most) {
    double drawn = random.nextDouble();
    return drawn < chance ? most * random.nextDouble() : 0;
  }

  private static Manners manners(SplittableRandom random) {
    return new Manners(
        Duration.ofMillis(random.nextInt(3) * 1200L),
        Duration.ofMillis(random.nextInt(3) * 700L),
        random.nextBoolean() ? OpenOrders.REUSED : OpenOrders.LISTED,
        limits(random),
        random.nextBoolean() ? Suggestions.WINDOWS : Suggestions.NONE,
        Duration.ofHours(6));
  }

  private static OrderLimits limits(SplittableRandom random) {
    if (random.nextInt(3) != 0) {
      return OrderLimits.none();
    }
    return OrderLimits.of(
        List.of(
            OrderLimits.Rule.of(OrderLimits.Scope.NAME_SET, 5, Duration.ofHours(4)),
            OrderLimits.Rule.of(OrderLimits.Scope.ACCOUNT, 20, Duration.ofHours(3))));
  }
}
