package io.autotls.testing.simulation;

import io.autotls.AutoTls;
import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.spi.Issuer;
import io.autotls.spi.RevocationReason;
import io.autotls.testing.simulation.Violation.Rule;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** One simulation: the machines, what they share, what goes wrong, and who watches. */
final class World {
  private static final Instant START = Instant.parse("2026-11-24T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofDays(4);

  /** A CA that refused for a reason that a person should see to is asked again within a day. */
  private static final Duration PATIENCE_FOR_LIVING_NAMES = Duration.ofHours(30);

  /** Within this all is taken away that was left behind. */
  private static final Duration A_DAY_AND_A_BIT = Duration.ofHours(26);

  private static final Duration LOOK = Duration.ofMinutes(15);

  /** What AutoTls gives its steps when it is closed. */
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

  private static final Duration SOON = Duration.ofMinutes(1);

  private final Plan plan;
  private final Wiring wiring;
  private final Trace trace;
  private final SplittableRandom random;
  private final Scheduler scheduler;
  private final Chaos chaos;
  private final Referee referee;
  private final SimulatedStore store;
  private final SimulatedZone zone;
  private final List<SimulatedCa> cas = new ArrayList<>();
  private final List<Machine> machines = new ArrayList<>();
  private final List<CertificateSpec> specs = new ArrayList<>();
  private final Set<String> deadNames = new HashSet<>();
  private boolean clockJumped;
  private long serials;

  World(
      Plan plan,
      long seed,
      KeyType keyType,
      Wiring wiring,
      Trace trace,
      Referee.Eye eye,
      Executor threads) {
    this.plan = plan;
    this.wiring = wiring;
    this.trace = trace;
    this.random = new SplittableRandom(seed ^ 0x5DEECE66DL);
    this.scheduler = new Scheduler(random.split(), threads);
    this.chaos = new Chaos(this, plan, random.split());
    this.referee = new Referee(this, eye);
    this.store = new SimulatedStore(this, referee);
    this.zone = new SimulatedZone(scheduler, new SplittableRandom(seed ^ 0x2545F4914F6CDD1DL));
    cas.add(new SimulatedCa(this, "first-ca", Issuer.Trust.PUBLIC, plan.ca(), random.split()));
    plan.second()
        .ifPresent(
            trust -> cas.add(new SimulatedCa(this, "second-ca", trust, plan.ca(), random.split())));
    for (int i = 0; i < plan.machines(); i++) {
      Duration error = Duration.ofMillis(random.nextInt(4_000) - 2_000);
      machines.add(new Machine(String.valueOf((char) ('a' + i)), this, error));
    }
    for (int i = 0; i < plan.certificates(); i++) {
      specs.add(CertificateSpec.builder().names(names("site" + i)).keyType(keyType).build());
    }
  }

  private List<String> names(String site) {
    String name = site + ".example";
    return switch (plan.names()) {
      case ONE_EACH -> List.of(name);
      case THREE_AND_SOME_DIE -> List.of(name, "www." + name, "old." + name);
      case OVERLAPPING_AT_ONE_PLACE, OVERLAPPING_IN_A_SLOW_ZONE ->
          site.endsWith("1") ? List.of("shared.example", name) : List.of(name, "shared.example");
    };
  }

  Plan plan() {
    return plan;
  }

  /** Some name cannot be proven from now on, by whichever CA. */
  void killName(SplittableRandom dice) {
    List<String> names = specs.get(dice.nextInt(specs.size())).names();
    String name = names.get(dice.nextInt(names.size()));
    if (deadNames.add(name)) {
      note("-", () -> name + " cannot be proven any more");
    }
  }

  /** What cannot be proven now. */
  Set<String> deadNames() {
    return deadNames;
  }

  /** What all machines publish in the DNS. */
  SimulatedZone zone() {
    return zone;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Chaos chaos() {
    return chaos;
  }

  Referee referee() {
    return referee;
  }

  List<SimulatedCa> cas() {
    return cas;
  }

  SimulatedStore store() {
    return store;
  }

  List<Machine> machines() {
    return machines;
  }

  List<CertificateSpec> specs() {
    return specs;
  }

  /** What time it really is. */
  Instant now() {
    return START.plusNanos(scheduler.nanos());
  }

  /** No two CAs use the same serial number, so that it names a certificate. */
  BigInteger nextSerial() {
    return BigInteger.valueOf(++serials).multiply(BigInteger.valueOf(7919));
  }

  void clockJumped() {
    clockJumped = true;
  }

  boolean hasClockJumped() {
    return clockJumped;
  }

  void note(Incarnation process, Supplier<String> what) {
    trace.add(scheduler.nanos(), process.name(), what);
  }

  void note(String who, Supplier<String> what) {
    trace.add(scheduler.nanos(), who, what);
  }

  /** Starts AutoTls in a process, as the application there does. */
  AutoTls enable(Incarnation process) {
    note(process, () -> "starts");
    NodeTime time = new NodeTime(scheduler, process);
    AutoTls.Builder builder =
        AutoTls.builder()
            .storage(wiring.storage().apply(store.reachedFrom(process)))
            .solver(process.server())
            .random(wiring.random().apply(new SeededRandom(random.split())))
            .time(time)
            .executor(time)
            .listener(event -> referee.heard(process, event));
    specs.forEach(builder::certificate);
    List<SimulatedCa> configured = chaos.configured(cas);
    process.configured(configured);
    note(process, () -> "is configured with " + configured.stream().map(SimulatedCa::id).toList());
    configured.forEach(
        ca -> builder.issuer(wiring.issuer().apply(new NodeIssuer(ca, this, process))));
    AutoTls tls = builder.enable();
    boot(process);
    return tls;
  }

  private void boot(Incarnation process) {
    if (plan.boots().equals(Plan.Boots.AT_ONCE)) {
      process.server().listens();
      return;
    }
    Duration boot = chaos.boot();
    note(process, () -> "listens in " + boot);
    scheduler.schedule(
        boot,
        () ->
            scheduler.execute(
                process,
                () -> {
                  if (!process.isStopping()) {
                    process.server().listens();
                  }
                }));
  }

  /** Asks a process to end: in a moment it closes AutoTls, and its server before that or after. */
  void stop(Incarnation process, Duration moment, boolean serverFirst) {
    note(process, () -> "is asked to stop");
    Runnable server = () -> process.server().stops();
    Runnable engine = () -> close(process);
    scheduler.schedule(
        Duration.ZERO, () -> scheduler.execute(process, serverFirst ? server : engine));
    scheduler.schedule(moment, () -> scheduler.execute(process, serverFirst ? engine : server));
    scheduler.schedule(moment.plus(LONGEST_CLOSE), () -> end(process));
  }

  private void close(Incarnation process) {
    AutoTls tls = process.tls();
    if (tls != null) {
      note(process, () -> "closes");
      tls.close();
      process.stops();
    }
  }

  private static void end(Incarnation process) {
    if (process.machine().present() == process) {
      process.machine().kill();
    }
  }

  /** Somebody asks some node for a renewal, in a moment. */
  void wish(SplittableRandom dice, Wish wish) {
    Machine machine = machines.get(dice.nextInt(machines.size()));
    CertificateSpec spec = specs.get(dice.nextInt(specs.size()));
    scheduler.schedule(
        Duration.ofMillis(dice.nextLong(60_000)),
        () -> {
          Incarnation process = machine.present();
          AutoTls tls = process == null ? null : process.tls();
          if (tls != null) {
            scheduler.execute(process, () -> wish.tell(process, tls, spec));
          }
        });
  }

  /** What somebody wants of a certificate, and tells a process. */
  @FunctionalInterface
  interface Wish {
    void tell(Incarnation process, AutoTls tls, CertificateSpec spec);
  }

  void revoke(Incarnation process, AutoTls tls, CertificateSpec spec) {
    tls.keyring()
        .installed(spec.id())
        .ifPresent(present -> revoke(process, tls, spec, present.leaf()));
  }

  private void revoke(
      Incarnation process, AutoTls tls, CertificateSpec spec, X509Certificate leaf) {
    note(process, () -> "is to revoke " + leaf.getSerialNumber() + " of " + spec);
    referee.wished(process, spec);
    try {
      tls.revoke(spec.names().get(0), RevocationReason.SUPERSEDED);
      referee.revocationWished(leaf);
    } catch (IOException e) {
      note(process, () -> "cannot store that: " + e.getMessage()); // whoever asked is told so
    } catch (Crash e) {
      note(process, () -> "hears of it no more");
    }
  }

  void renew(Incarnation process, AutoTls tls, CertificateSpec spec) {
    note(process, () -> "is asked for a renewal of " + spec);
    referee.wished(process, spec);
    tls.renewNow(spec.names().get(0));
  }

  void onCrash(Machine machine) {
    Duration downtime = chaos.downtime();
    note(machine.name(), () -> "comes back in " + downtime);
    scheduler.schedule(downtime, () -> startIfDown(machine));
  }

  private void startIfDown(Machine machine) {
    if (machine.present() == null) {
      machine.start();
    }
  }

  /** Lets everything happen: the turmoil, and the time after it until all is in order. */
  void run() {
    try {
      scheduler.observe(referee::look, referee::quiet);
      machines.forEach(
          machine -> scheduler.schedule(upTo(Duration.ofSeconds(2)), () -> startIfDown(machine)));
      scheduler.run(plan.turmoil());
      mend();
      if (!plan.boots().equals(Plan.Boots.AT_ONCE)) {
        restartAll();
        settleSoon();
      }
      if (!deadNames.isEmpty()) {
        settle(PATIENCE_FOR_LIVING_NAMES, referee::unservedLivingNames);
        note("-", () -> "all names can be proven again");
        deadNames.clear();
      }
      settle(PATIENCE, referee::unsettled);
      if (plan.names().proofs() != Plan.Proofs.BELIEVED && !scheduler.isStopped()) {
        scheduler.run(A_DAY_AND_A_BIT);
        referee.leftBehind().ifPresent(what -> referee.violated(Rule.NOTHING_IS_LEFT_BEHIND, what));
      }
    } catch (IllegalStateException e) {
      referee.violated(Rule.NOTHING_IS_THROWN, e + ", caused by " + e.getCause());
    } finally {
      end();
    }
  }

  private void mend() {
    note("-", () -> "everything is mended");
    chaos.end();
    cas.forEach(SimulatedCa::recover);
    for (Machine machine : machines) {
      machine.mend();
      Incarnation process = machine.present();
      boolean isOld =
          plan.versions() == Plan.Versions.WITH_NEXT_MAJOR
              && process != null
              && process.version() == StoredFormat.PRESENT;
      if (process != null && (isOld || !process.configured().equals(cas))) {
        machine.kill(); // and starts again as it should be
      }
      scheduler.schedule(Duration.ZERO, () -> startIfDown(machine));
    }
  }

  /** Everybody ends once more, in the midst of whatever is under way. */
  private void restartAll() {
    for (Machine machine : machines) {
      machine.kill();
      scheduler.schedule(upTo(Duration.ofSeconds(2)), () -> startIfDown(machine));
    }
    scheduler.run(plan.boots().longest().plusSeconds(2));
  }

  private void settleSoon() {
    Instant latest = now().plus(SOON);
    Optional<String> trouble = referee.unsettled();
    while (trouble.isPresent() && now().isBefore(latest) && !scheduler.isStopped()) {
      scheduler.run(Duration.ofSeconds(1));
      trouble = referee.unsettled();
    }
    if (!scheduler.isStopped()) {
      trouble.ifPresent(what -> referee.violated(Rule.SETTLES_SOON, what));
    }
  }

  private void settle(Duration patience, Supplier<Optional<String>> look) {
    Instant latest = now().plus(patience);
    Optional<String> trouble = Optional.of("nothing has happened yet");
    while (trouble.isPresent() && now().isBefore(latest) && !scheduler.isStopped()) {
      scheduler.run(LOOK);
      trouble = look.get();
    }
    if (!scheduler.isStopped()) {
      trouble.ifPresent(what -> referee.violated(Rule.SETTLES, what));
    }
  }

  /** Starts every machine, without anything that watches after each piece of work. */
  void begin() {
    machines.forEach(Machine::start);
  }

  /** Ends every process at once. */
  void end() {
    for (Machine machine : machines) {
      Incarnation life = machine.present();
      if (life != null) {
        life.kill();
      }
    }
    scheduler.unwind();
  }

  private Duration upTo(Duration most) {
    return Duration.ofMillis((long) (most.toMillis() * random.nextDouble()));
  }
}
