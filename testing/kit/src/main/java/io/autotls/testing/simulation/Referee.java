package io.autotls.testing.simulation;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus;
import io.autotls.spi.Challenge;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.testing.simulation.Violation.Rule;
import io.autotls.tls.Credential;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches a simulation from outside, at the CA, the storage and the keyrings, and notes every
 * promise of AutoTls that is broken. It knows more than any node does: what happened in which
 * process, what the CA did although nobody heard of it, and what time it really is.
 */
final class Referee implements SimulatedStore.Observer {
  private static final KeyPrefix RECORDS = KeyPrefix.of("certificates/");
  private static final KeyPrefix LEASES = KeyPrefix.of("leases/");
  private static final KeyPrefix CHALLENGES = KeyPrefix.of("challenges/");
  private static final KeyPrefix JOURNAL = KeyPrefix.of("cleanup/");
  private static final Duration A_DAY = Duration.ofHours(25);

  /** Clocks of machines differ by so much, and those of their processes' timers with them. */
  private static final Duration TOLERANCE = Duration.ofSeconds(8);

  /** No time to live of a lease is shorter. */
  private static final Duration LEAST_LEASE = Duration.ofSeconds(5);

  /** Shorter waits have so few different lengths that equal ones mean nothing. */
  private static final Duration SHORT_WAIT = Duration.ofSeconds(20);

  /** A request that was admitted by the ledger reaches the CA within this. */
  private static final Duration LONGEST_WAY = Duration.ofMinutes(3);

  /** What one node has written the others serve within two looks, and a bit. */
  private static final Duration NEWS_TAKE = Duration.ofSeconds(150);

  /**
   * For one certificate in one lifetime. What is renewed young is left in service for longer each
   * time, so that some tens take a lifetime, whatever clocks say; a CA that fails adds some.
   */
  private static final int MOST_ORDERS = 200;

  private static final int HISTORY = 60;
  private static final int SUSPICIOUS_REPEATS = 4;
  private static final int MOST_VIOLATIONS = 20;

  private final World world;
  private final Eye eye;
  private final List<Violation> violations = new ArrayList<>();
  private final Map<String, Matter> matters = new HashMap<>(); // by spec

  /** CA and spec, where an attempt was refused since the CA got the last order for it. */
  private final Set<String> refusedSince = new HashSet<>();

  /** When somebody last asked for a renewal, by spec. */
  private final Map<String, Long> wishes = new HashMap<>();

  /** Which processes were asked for a renewal of which specs, and have not asked the CA since. */
  private final Map<Incarnation, Set<String>> eager = new HashMap<>();

  /** What somebody was told would be revoked. */
  private final Set<X509Certificate> toBeRevoked = new LinkedHashSet<>();

  /** What a process served when it was asked for a renewal. */
  private final Map<Incarnation, Map<CertificateSpec, String>> unwanted = new HashMap<>();

  /** When each CA last delivered for a spec: by spec, and then by CA. */
  private final Map<String, Map<String, Long>> delivered = new HashMap<>();

  private final Map<Key, Long> publishedAt = new HashMap<>(); // what is to be taken away again
  private final Map<String, Lease> leases = new HashMap<>(); // by key
  private final Map<BigInteger, Issued> issued = new HashMap<>(); // by serial number of any CA
  private final Map<Incarnation, Map<CertificateSpec, Credential>> served = new HashMap<>();
  private final Map<Duration, Integer> waits = new HashMap<>();
  private final Set<String> forAPerson = new HashSet<>(); // specs of which a CA said so
  private final Map<String, byte[]> sound = new HashMap<>(); // by alias: the key that fits
  private @Nullable Incarnation asking; // whose request the CA answers now; null before the first

  /** What is known about the work on one certificate. */
  private static final class Matter {
    private final List<StoredRecord> history = new ArrayList<>();
    private final Map<String, Long> leaves = new HashMap<>(); // and when each was first stored
    private final Map<Incarnation, Promise> heard = new HashMap<>(); // and not stored yet
    private final Map<Incarnation, Promise> known = new HashMap<>(); // stored or not
    private final Deque<Long> orders = new ArrayDeque<>(); // when, the last ones
    private @Nullable Promise binding; // null unless a CA's time was heard and stored

    /** Somebody wants it asked all the same. */
    private void forgive() {
      binding = null;
      heard.clear();
      known.clear();
    }
  }

  /** A time before which a CA does not want to be asked. */
  private record Promise(String ca, long until) {}

  private record Lease(Incarnation writer, long writtenAt, boolean spoiled) {}

  private static final class Issued {
    private final SimulatedCa ca;
    private final long at;
    private Instant renewableFrom;

    private Issued(SimulatedCa ca, long at, Instant renewableFrom) {
      this.ca = ca;
      this.at = at;
      this.renewableFrom = renewableFrom;
    }
  }

  /** How closely it looks. */
  enum Eye {
    /** At every record that is written and after every piece of work. */
    SHARP,
    /**
     * At what the CA sees: for simulations of so many certificates that more would take too long.
     */
    HALF_CLOSED
  }

  Referee(World world, Eye eye) {
    this.world = world;
    this.eye = eye;
  }

  List<Violation> violations() {
    return List.copyOf(violations);
  }

  void violated(Rule rule, String detail) {
    if (violations.size() < MOST_VIOLATIONS) {
      violations.add(new Violation(rule, detail, Duration.ofNanos(nanos())));
      world.note("!", () -> rule + ": " + detail);
      world.scheduler().stop(); // what comes after it is only a consequence
    }
  }

  private long nanos() {
    return world.scheduler().nanos();
  }

  private Matter matter(String specId) {
    return matters.computeIfAbsent(specId, id -> new Matter());
  }

  // What the CA sees.

  void stepBegins(Incarnation process, Issuance work) {
    process.stepBegins();
  }

  void asked(Incarnation process, SimulatedCa ca, Issuance work, String what) {
    asking = process;
    Matter matter = matter(work.specId());
    if (isEager(process, work.specId())) {
      matter.forgive();
      eager.get(process).remove(work.specId());
    }
    obeys(process, ca, work, what, matter.binding);
    obeys(process, ca, work, what, matter.known.get(process)); // whatever became of its writes
  }

  private void obeys(
      Incarnation process, SimulatedCa ca, Issuance work, String what, @Nullable Promise binding) {
    if (binding != null
        && binding.ca().equals(ca.id())
        && !world.hasClockJumped()
        && !process.isStepSlow()
        && nanos() + TOLERANCE.toNanos() < binding.until()) {
      violated(
          Rule.RETRY_AFTER_IS_OBEYED,
          process.name()
              + " asks for "
              + work.names()
              + " "
              + Duration.ofNanos(binding.until() - nanos())
              + " too early: "
              + what);
    }
  }

  /** A process took the lease of a certificate, and then could not take the step. */
  void blocked(Incarnation process, Issuance work) {
    boolean knewBefore =
        !process.server().isListening()
            && process.server().unchanged().compareTo(TOLERANCE) > 0
            && !process.isStepSlow();
    if (knewBefore && world.machines().stream().anyMatch(Machine::isListening)) {
      violated(
          Rule.READY_NODE_GOES_FIRST,
          process.name() + " takes the lease of " + work.names() + ", and has no server");
    }
  }

  IssuerException failed(
      Incarnation process, Issuance work, SimulatedCa ca, IssuerException failure) {
    if (failure.reaction() == Reaction.OPERATOR || failure.reaction() == Reaction.PAUSED) {
      forAPerson.add(work.specId());
    }
    if (failure.reaction() != Reaction.RETRY_STEP && failure.reaction() != Reaction.WAIT) {
      refusedSince.add(key(ca, work.specId())); // else its order is as good as before
    }
    Matter matter = matter(work.specId());
    failure
        .retryAfter()
        .map(wait -> new Promise(ca.id(), nanos() + wait.toNanos()))
        .ifPresent(
            promise -> {
              matter.heard.put(process, promise);
              matter.known.put(process, promise);
            });
    return failure;
  }

  /** Names the work on one certificate with one CA. */
  private static String key(SimulatedCa ca, String specId) {
    return ca.id() + " " + specId;
  }

  void mixedUp(SimulatedCa ca, Issuance work) {
    refusedSince.add(key(ca, work.specId()));
  }

  void limitReached(Issuance work, Duration wait) {
    // The CA counts an order when it arrives, the ledger when it leaves, and on its way it may
    // stand still.
    if (!world.hasClockJumped() && wait.compareTo(LONGEST_WAY) > 0) {
      violated(
          Rule.LIMITS_ARE_KEPT,
          "the CA had to refuse an order for " + work.names() + "; there is room in " + wait);
    }
  }

  void ordered(SimulatedCa ca, CaOrder order, List<CaOrder> before) {
    boolean refused = refusedSince.remove(key(ca, order.specId));
    order.late = asking != null && asking.isStepSlow();
    countOrder(order);
    // An order that was on its way for long may have been overtaken, and nobody will use it.
    if (before.isEmpty() || refused || order.late) {
      return;
    }
    CaOrder last = before.get(before.size() - 1);
    if (last.late || isOutdone(ca, last)) {
      return;
    }
    if (last.status == CaOrder.Status.VALID) {
      checkTime(order, last);
    } else if (last.status != CaOrder.Status.INVALID) {
      violated(Rule.ORDERED_ONCE, order.names + " are ordered again, and " + last + " is there");
    }
  }

  private void countOrder(CaOrder order) {
    Deque<Long> orders = matter(order.specId).orders;
    orders.addLast(nanos());
    if (orders.size() <= MOST_ORDERS) {
      return;
    }
    Duration shortest = world.plan().lifetimes().stream().min(Duration::compareTo).orElseThrow();
    Duration took = Duration.ofNanos(nanos() - orders.removeFirst());
    if (world.plan().people().equals(Plan.People.NONE) && took.compareTo(shortest) < 0) {
      violated(
          Rule.ORDERS_END, order.names + " are ordered " + MOST_ORDERS + " times within " + took);
    }
  }

  /**
   * Another order that was delivered since makes the order useless, whatever became of it. It may
   * be one of the same CA: a node that looks for a lost order takes the first open one it finds.
   */
  private boolean isOutdone(SimulatedCa ca, CaOrder order) {
    boolean done = order.status == CaOrder.Status.VALID;
    return delivered.getOrDefault(order.specId, Map.of()).entrySet().stream()
        .filter(other -> !(done && other.getKey().equals(ca.id())))
        .anyMatch(other -> other.getValue() >= order.createdAt);
  }

  private void checkTime(CaOrder order, CaOrder last) {
    X509Certificate certificate = last.certificate;
    Issued there = certificate == null ? null : issued.get(certificate.getSerialNumber());
    if (there == null || world.hasClockJumped() || there.ca.isRevoked(certificate)) {
      return;
    }
    if (wishes.getOrDefault(order.specId, Long.MIN_VALUE) >= last.createdAt) {
      return;
    }
    if (world.now().plus(TOLERANCE).isBefore(there.renewableFrom)) {
      violated(
          Rule.NOT_BEFORE_TIME,
          order.names
              + " are ordered again "
              + Duration.between(world.now(), there.renewableFrom)
              + " before the certificate of "
              + last
              + " is due");
    }
  }

  void finalized(Issuance work, CaOrder order) {
    if (eye == Eye.HALF_CLOSED) {
      return;
    }
    List<StoredRecord> history = matter(work.specId()).history;
    byte[] key = work.keyPair().getPrivate().getEncoded();
    boolean stored =
        history.stream().anyMatch(record -> record.hasKey(key) && record.mentions(order.id));
    if (!stored) {
      violated(Rule.STORED_BEFORE_FINALIZE, order + " is finalized with a key that is not stored");
    }
  }

  void issued(SimulatedCa ca, CaOrder order) {
    X509Certificate certificate = order.certificate;
    if (certificate == null) {
      return;
    }
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    // Half or two thirds of the life, and a little earlier so that not all come at once.
    boolean isShort = life.compareTo(Duration.ofDays(10)) < 0;
    Instant renewable = from.plus(life.multipliedBy(isShort ? 45 : 60).dividedBy(100));
    issued.put(certificate.getSerialNumber(), new Issued(ca, nanos(), renewable));
  }

  void delivered(SimulatedCa ca, CaOrder order) {
    delivered.computeIfAbsent(order.specId, id -> new HashMap<>()).put(ca.id(), nanos());
  }

  void suggested(X509Certificate certificate, Instant start) {
    Issued there = issued.get(certificate.getSerialNumber());
    if (there != null && start.isBefore(there.renewableFrom)) {
      there.renewableFrom = start;
    }
  }

  // What the storage sees.

  @Override
  public void writes(Incarnation writer, Key key, byte[] value) {
    if (writer.isStopping() && RECORDS.contains(key) && eye == Eye.SHARP) {
      Matter matter = matter(key.lastSegment());
      if (new StoredRecord(value).tellsOfAnotherProblemThan(last(matter))) {
        violated(
            Rule.NO_FAILURE_OF_THE_STOPPING,
            writer.name() + " stops, and writes a failure to " + key);
      }
    }
  }

  @Override
  public void written(Incarnation writer, Key key, byte[] before, byte[] value) {
    if (StoredFormat.hasNews(before) && !StoredFormat.hasNews(value)) {
      violated(
          Rule.NEWER_VERSIONS_ARE_RESPECTED,
          writer.name() + " writes " + key + " without what a newer version had stored in it");
    }
    if (StoredFormat.isMajor(before) && !StoredFormat.isMajor(value)) {
      violated(
          Rule.NEWER_VERSIONS_ARE_RESPECTED,
          writer.name() + " writes " + key + ", which it does not understand");
    }
    if (CHALLENGES.contains(key) || JOURNAL.contains(key)) {
      publishedAt.put(key, nanos());
    }
    if (LEASES.contains(key)) {
      leaseWritten(writer, key);
    } else if (RECORDS.contains(key) && eye == Eye.SHARP) {
      recordWritten(writer, key, value);
    }
  }

  private void leaseWritten(Incarnation writer, Key key) {
    Lease last = leases.put(key.name(), new Lease(writer, nanos(), false));
    if (last != null && last.writer() != writer) {
      checkLease(last, writer, key, "takes over");
    }
  }

  private void checkLease(Lease last, Incarnation process, Key key, String does) {
    Duration age = Duration.ofNanos(nanos() - last.writtenAt());
    if (age.compareTo(LEAST_LEASE) < 0) {
      violated(
          Rule.LEASES_ARE_RESPECTED,
          process.name()
              + " "
              + does
              + " "
              + key
              + ", which "
              + last.writer().name()
              + " wrote "
              + age
              + " ago");
    }
  }

  private void recordWritten(Incarnation writer, Key key, byte[] value) {
    String specId = key.lastSegment();
    Matter matter = matter(specId);
    StoredRecord record = new StoredRecord(value);
    if (!matter.history.isEmpty()
        && !record.keepsCredentialOf(matter.history.get(matter.history.size() - 1))
        && !keepsWhatIsServed(writer, specId, record)) {
      violated(
          Rule.NOTHING_IS_OVERWRITTEN,
          writer.name() + " writes " + key + " without the credential that was in service");
    }
    if (record.mentions("Job-Phase: NEEDS_PERSON") && !forAPerson.contains(specId)) {
      violated(Rule.NO_VERDICT_WITHOUT_CAUSE, writer.name() + " leaves " + key + " to a person");
    }
    record.leaf().ifPresent(leaf -> leafWritten(matter, specId, leaf));
    matter.history.add(record);
    if (matter.history.size() > HISTORY) {
      matter.history.remove(0);
    }
    if (isEager(writer, specId)) {
      matter.forgive();
    }
    Promise heard = matter.heard.remove(writer);
    if (heard != null) {
      matter.binding = heard; // it has heard the CA's time, and written: from now on all know
    }
  }

  /** Of two that a clock takes for not begun, the one that visitors get meanwhile is to stay. */
  private boolean keepsWhatIsServed(Incarnation writer, String specId, StoredRecord record) {
    AutoTls tls = writer.tls();
    return world.hasClockJumped()
        && tls != null
        && tls.keyring()
            .installed(specId)
            .filter(one -> record.mentions(pem(one)))
            .filter(one -> record.hasKey(one.privateKey().getEncoded()))
            .isPresent();
  }

  private static @Nullable StoredRecord last(Matter matter) {
    return matter.history.isEmpty() ? null : matter.history.get(matter.history.size() - 1);
  }

  private void leafWritten(Matter matter, String specId, String leaf) {
    if (matter.leaves.putIfAbsent(leaf, nanos()) != null || !world.plan().troublesWatchesOnly()) {
      return;
    }
    long at = nanos();
    List<Incarnation> present = new ArrayList<>();
    for (Machine machine : world.machines()) {
      Incarnation process = machine.present();
      if (process != null && process.tls() != null) {
        present.add(process);
      }
    }
    world
        .scheduler()
        .schedule(NEWS_TAKE, () -> present.forEach(process -> follows(process, specId, at)));
  }

  private boolean isWanted(String specId) {
    return world.specs().stream().anyMatch(spec -> spec.id().equals(specId));
  }

  /** Whether a process serves what was stored then, or later. */
  private void follows(Incarnation process, String specId, long at) {
    AutoTls tls = process.tls();
    Credential served = tls == null ? null : tls.keyring().installed(specId).orElse(null);
    boolean liedTo = world.plan().watches() == Plan.Watches.LYING && served != null;
    boolean letGo = served == null && !isWanted(specId); // what it stood in for is there
    if (tls == null || liedTo || letGo) {
      return; // a lie is found out when nobody hurries
    }
    if (served == null || matter(specId).leaves.getOrDefault(pem(served), 0L) < at) {
      violated(
          Rule.NEWS_IS_FOLLOWED,
          process.name() + " serves " + served + " for " + specId + ", and a newer one is stored");
    }
  }

  private static String pem(Credential credential) {
    try {
      return Base64.getEncoder().encodeToString(credential.leaf().getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("it was encoded before", e);
    }
  }

  @Override
  public void refused(Incarnation writer, Key key) {
    if (RECORDS.contains(key)) {
      // Another node has gone on from where this one asked, and knows nothing of the answer; the
      // one that heard it keeps to it all the same.
      matter(key.lastSegment()).heard.remove(writer);
    }
  }

  @Override
  public void deleted(Incarnation writer, Key key) {
    publishedAt.remove(key);
    Lease lease = leases.remove(key.name());
    if (lease != null && lease.writer() != writer) {
      checkLease(lease, writer, key, "deletes");
    }
    if (RECORDS.contains(key)) {
      violated(Rule.NOTHING_IS_OVERWRITTEN, writer.name() + " deletes " + key);
    }
  }

  /** A call for {@code key} went wrong: what its caller leaves behind there is nobody's fault. */
  void spoiled(String key) {
    leases.computeIfPresent(key, (k, lease) -> new Lease(lease.writer(), lease.writtenAt(), true));
  }

  /** The CA was told to look, somebody listened, and it did not find its answer. */
  void lookedInVain(Incarnation visited, CaOrder order) {
    violated(
        Rule.NO_VALIDATION_IS_LOST,
        "the CA looks for the answers of "
            + order
            + " at "
            + visited.name()
            + ", and finds others");
  }

  /** A solver had said when to ask again. */
  void askedTooEarly(Challenge challenge) {
    violated(Rule.SETTLING_HOLDS_NOTHING, challenge + " is looked at before its time");
  }

  /**
   * What has stood somewhere for more than a day, in which nothing went wrong; empty if nothing.
   */
  Optional<String> leftBehind() {
    return publishedAt.entrySet().stream()
        .filter(one -> nanos() - one.getValue() > A_DAY.toNanos())
        .map(one -> one.getKey().name())
        .findFirst()
        .or(() -> world.zone().olderThan(A_DAY))
        .map(what -> what + " is still there");
  }

  // What visitors and operators see.

  /** Called after every piece of work. */
  void look() {
    for (Machine machine : world.machines()) {
      Incarnation process = machine.present();
      AutoTls tls = process == null || !process.canBeLookedAt() ? null : process.tls();
      if (tls != null) {
        for (CertificateSpec spec : world.specs()) {
          look(process, spec, tls.keyring().installed(spec.id()).orElse(null));
        }
      }
    }
  }

  private void look(Incarnation process, CertificateSpec spec, @Nullable Credential now) {
    Map<CertificateSpec, Credential> known =
        served.computeIfAbsent(process, one -> new HashMap<>());
    Credential before = known.get(spec);
    if (now == before) {
      return;
    }
    if (now == null) {
      violated(Rule.SERVES_WHAT_WORKS, process.name() + " serves nothing for " + spec);
      known.remove(spec);
      return;
    }
    known.put(spec, now);
    if (!fits(now)) {
      violated(Rule.KEY_AND_CHAIN_BELONG_TOGETHER, process.name() + " serves " + now);
    }
    if (!now.names().containsAll(spec.names())) {
      violated(Rule.SERVES_WHAT_WORKS, process.name() + " serves " + now + " for " + spec);
    }
    if (before != null) {
      compare(process, before, now);
    }
  }

  private boolean fits(Credential credential) {
    // The alias names the chain alone: another process may serve the same one with another key.
    byte[] key = credential.privateKey().getEncoded();
    if (Arrays.equals(sound.get(credential.alias()), key)) {
      return true;
    }
    try {
      Credential.of(credential.privateKey(), credential.chain());
      sound.put(credential.alias(), key);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void compare(Incarnation process, Credential before, Credential now) {
    Issued older = issued.get(before.leaf().getSerialNumber());
    Issued newer = issued.get(now.leaf().getSerialNumber());
    Instant time = world.now();
    boolean worked = older != null && before.isValidAt(time) && !older.ca.isRevoked(before.leaf());
    if (!worked || newer == null) {
      return;
    }
    if (!now.isValidAt(time) || newer.at < older.at) {
      violated(Rule.SERVES_WHAT_WORKS, process.name() + " gives up " + before + " for " + now);
    }
    if (newer.ca.trust().compareTo(older.ca.trust()) < 0
        && before.isValidAt(time.plus(TOLERANCE))) {
      violated(Rule.TRUST_NEVER_SINKS, process.name() + " gives up " + before + " for " + now);
    }
  }

  void heard(Incarnation process, AutoTlsEvent event) {
    world.note(process, event::toString);
    if (event instanceof AutoTlsEvent.Failed failed) {
      Duration wait = Duration.between(failed.problem().at(), failed.problem().nextAttempt());
      if (wait.compareTo(SHORT_WAIT) > 0
          && waits.merge(wait, 1, Integer::sum) == SUSPICIOUS_REPEATS) {
        violated(
            Rule.RETRIES_ARE_SPREAD, SUSPICIOUS_REPEATS + " failures all wait for exactly " + wait);
      }
    }
  }

  /** Somebody asks a process for a renewal now, whatever speaks against it. */
  void wished(Incarnation process, CertificateSpec spec) {
    wishes.put(spec.id(), nanos());
    eager.computeIfAbsent(process, one -> new HashSet<>()).add(spec.id());
    AutoTls tls = process.tls();
    if (tls != null) {
      tls.keyring()
          .installed(spec.id())
          .ifPresent(
              credential ->
                  unwanted
                      .computeIfAbsent(process, one -> new HashMap<>())
                      .put(spec, credential.alias()));
    }
  }

  /** Somebody wants a certificate revoked, and was told that it will be. */
  void revocationWished(X509Certificate certificate) {
    toBeRevoked.add(certificate);
  }

  /** A process asks a CA to revoke a certificate. */
  void revokes(Incarnation process, X509Certificate certificate) {
    AutoTls tls = process.tls();
    PublicKey key = certificate.getPublicKey();
    boolean served =
        tls != null
            && world.specs().stream()
                .flatMap(spec -> tls.keyring().installed(spec.id()).stream())
                .anyMatch(credential -> credential.leaf().getPublicKey().equals(key));
    if (served) {
      violated(
          Rule.REVOKED_AFTER_REPLACED,
          process.name() + " revokes " + certificate.getSerialNumber() + ", and serves its key");
    }
  }

  /** What was to be revoked, could be, and has not been. */
  private Optional<String> unrevoked() {
    Instant now = world.now();
    return toBeRevoked.stream()
        .filter(certificate -> certificate.getNotAfter().toInstant().isAfter(now))
        .filter(certificate -> world.cas().stream().noneMatch(ca -> ca.isRevoked(certificate)))
        .findFirst()
        .map(certificate -> certificate.getSerialNumber() + " was to be revoked, and is not");
  }

  private boolean isEager(Incarnation process, String specId) {
    return eager.getOrDefault(process, Set.of()).contains(specId);
  }

  /** Called when nobody has anything to do and time is about to pass. */
  void quiet() {
    leases.forEach(
        (key, lease) -> {
          if (!lease.spoiled() && !lease.writer().isOver() && key.contains("certificates/")) {
            violated(
                Rule.WAITING_HOLDS_NOTHING, lease.writer().name() + " waits, and holds " + key);
            spoiled(key);
          }
        });
  }

  /** What is not in order now that nothing goes wrong any more; empty if all is well. */
  Optional<String> unsettled() {
    for (CertificateSpec spec : world.specs()) {
      Set<String> aliases = new HashSet<>();
      for (Machine machine : world.machines()) {
        Incarnation process = machine.present();
        AutoTls tls = process == null ? null : process.tls();
        if (tls == null) {
          return Optional.of(machine.name() + " does not run");
        }
        Optional<Credential> credential = tls.keyring().installed(spec.id());
        String name = process.name() + " for " + spec + ": ";
        if (credential.isEmpty()) {
          return Optional.of(name + "nothing but a placeholder; " + tls.statuses());
        }
        Optional<String> wrong = wrong(credential.get(), status(tls, spec));
        if (wrong.isPresent()) {
          return Optional.of(name + wrong.get());
        }
        if (credential.get().alias().equals(unwanted.getOrDefault(process, Map.of()).get(spec))) {
          return Optional.of(name + "the renewal that somebody asked for was never made");
        }
        aliases.add(credential.get().alias());
      }
      if (aliases.size() > 1) {
        return Optional.of("the nodes serve " + aliases.size() + " certificates for " + spec);
      }
    }
    return unrevoked();
  }

  /**
   * Which names that can be proven have no certificate, although nothing goes wrong any more but
   * that others cannot be proven; empty if all have one.
   */
  Optional<String> unservedLivingNames() {
    for (Machine machine : world.machines()) {
      Incarnation process = machine.present();
      AutoTls tls = process == null ? null : process.tls();
      if (tls == null) {
        return Optional.of(machine.name() + " does not run");
      }
      for (CertificateSpec spec : world.specs()) {
        for (String name : spec.names()) {
          Credential credential = tls.keyring().find(name);
          boolean works = credential.isValidAt(world.now()) && credential.names().contains(name);
          if (!works && !world.deadNames().contains(name)) {
            return Optional.of(
                process.name()
                    + " serves "
                    + credential
                    + " for "
                    + name
                    + ", which could be proven; dead are "
                    + world.deadNames());
          }
        }
      }
    }
    return Optional.empty();
  }

  /** How many certificates are served that are not valid, and how many that are revoked. */
  int[] badlyServed() {
    int[] bad = new int[2];
    Instant now = world.now();
    for (Machine machine : world.machines()) {
      Incarnation process = machine.present();
      AutoTls tls = process == null ? null : process.tls();
      for (CertificateSpec spec : tls == null ? List.<CertificateSpec>of() : world.specs()) {
        Credential credential = tls.keyring().installed(spec.id()).orElse(null);
        bad[0] += credential == null || !credential.isValidAt(now) ? 1 : 0;
        bad[1] += credential != null && isRevoked(credential) ? 1 : 0;
      }
    }
    return bad;
  }

  private boolean isRevoked(Credential credential) {
    // No two CAs use the same serial number, so none takes it for one of its own.
    return world.cas().stream().anyMatch(ca -> ca.isRevoked(credential.leaf()));
  }

  private Optional<String> wrong(Credential credential, CertificateStatus status) {
    Issued there = issued.get(credential.leaf().getSerialNumber());
    if (!credential.isValidAt(world.now())) {
      return Optional.of(credential + " is not valid; " + status);
    }
    if (there != null && there.ca.isRevoked(credential.leaf())) {
      return Optional.of(credential + " is revoked; " + status);
    }
    if (status.nextStep().isBefore(world.now().minus(Duration.ofMinutes(15)))) {
      return Optional.of("nothing happens although it is due; " + status);
    }
    return Optional.empty();
  }

  private static CertificateStatus status(AutoTls tls, CertificateSpec spec) {
    return tls.statuses().stream()
        .filter(status -> status.spec().equals(spec))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no status of " + spec));
  }
}
