package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.Role;
import io.autotls.internal.cluster.ChallengeSearch;
import io.autotls.internal.cluster.ChallengeStore;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.cluster.Leases;
import io.autotls.internal.cluster.OutageExchange;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.issuance.AdmissionControl;
import io.autotls.internal.issuance.BlockedCertificates;
import io.autotls.internal.issuance.BlockedReport;
import io.autotls.internal.issuance.CertificateRepository;
import io.autotls.internal.issuance.ClockComparison;
import io.autotls.internal.issuance.IssuanceSteps;
import io.autotls.internal.issuance.IssuerSelection;
import io.autotls.internal.issuance.JobRunner;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NameIndex;
import io.autotls.internal.issuance.NamePolicy;
import io.autotls.internal.issuance.Shutdown;
import io.autotls.internal.issuance.StartBrake;
import io.autotls.internal.issuance.StartReview;
import io.autotls.internal.maintenance.Cleanup;
import io.autotls.internal.maintenance.ClusterSync;
import io.autotls.internal.maintenance.CommonFailures;
import io.autotls.internal.maintenance.ExpiryWarner;
import io.autotls.internal.maintenance.FallbackCertificates;
import io.autotls.internal.maintenance.Handover;
import io.autotls.internal.maintenance.RenewalInfoPoller;
import io.autotls.internal.maintenance.Revocations;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.spi.Challenge;
import io.autotls.spi.Issuer;
import io.autotls.spi.Key;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.io.IOException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps every wanted certificate in the keyring and in good time: loads what is stored, decides
 * when something is due, and hands it to a {@link JobRunner}.
 *
 * <p>One engine belongs to one {@code AutoTls}. It keeps no truth of its own: that is in the
 * storage. A follower has the same parts and puts nothing on the agenda that writes.
 */
public final class Engine implements AutoCloseable {
  /** For the storage, cleaning and leases, whatever the issuers do. */
  private static final int SPARE_WORKERS = 2;

  /**
   * Reading what is stored delays the start of the application by no more than this, and no more
   * than {@value #START_COUNT} records; the rest is read right after.
   */
  private static final Duration START_BUDGET = Duration.ofMillis(500);

  private static final int START_COUNT = 2_000;

  /** Before what is retired, and needed, is looked at again. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final Parts parts;
  private final TaskQueue queue;
  private final ChallengeStore challenges;
  private final EventDispatcher events;
  private final CommonFailures failures;
  private final ClockComparison clocks;
  private final CircuitBreakers breakers;
  private final AdmissionControl admission;
  private final IssuerSelection issuers;
  private final Leases leases;
  private final CertificateRepository repository;
  private final JobRunner worker;
  private final ClusterSync news;
  private final OutageExchange outages;
  private final Cleanup cleanup;
  private final Revocations revocations;
  private final RenewalInfoPoller.Desk desk;
  private final StartBrake brake;
  private final FallbackCertificates fallbacks;
  private final Map<Key, ManagedCertificate> managed = new ConcurrentHashMap<>(); // by record
  private final Map<String, Companions> companions = new ConcurrentHashMap<>(); // by spec
  private final NameIndex names = new NameIndex();
  private final BlockedCertificates blocked;
  private final Shutdown shutdown = new Shutdown();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicInteger missing = new AtomicInteger(); // valid credentials until ready
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  /** What becomes of certificates that nobody asked for, and somebody needs. */
  private final class Keeping implements FallbackCertificates.Keeping {
    @Override
    public boolean isManaged(Key key) {
      return managed.containsKey(key);
    }

    @Override
    public Optional<ManagedCertificate> keep(CertificateSpec spec, Set<String> also) {
      synchronized (Engine.this) {
        ManagedCertificate present = managed.get(RecordStore.key(spec));
        if (present != null) {
          keep(present);
          return Optional.of(present);
        }
        if (!issuers.canIssue(spec)) {
          return Optional.empty();
        }
        ManagedCertificate one = register(spec, ManagedCertificate.Standing.FALLBACK);
        one.becomesReady(); // nobody waits for it
        one.alsoServes(also);
        schedule(one, worker.load(one));
        return Optional.of(one);
      }
    }

    @Override
    public void keep(ManagedCertificate retired) {
      synchronized (Engine.this) {
        if (retired.isRetired()) {
          retired.standIn();
          schedule(retired, retired.schedule());
          hasCredential(retired);
        }
      }
    }

    @Override
    public void letGo(ManagedCertificate fallback, Instant until) {
      synchronized (Engine.this) {
        if (fallback.isFallback()) {
          retire(fallback, until);
        }
      }
    }
  }

  /** What runs beside a certificate that exists. */
  private record Companions(
      RenewalInfoPoller inquiry, ExpiryWarner expiryWarner, Handover handover) {}

  /**
   * What an engine is made of.
   *
   * @param issuers all of them, for their workers
   * @param issuersOf who may issue a certificate, in the order in which they are tried
   * @param leaseTime how long an abandoned lease blocks others
   * @param grace how long a certificate is served that is not wanted any more
   * @param names what becomes of a certificate some of whose names keep failing
   * @param listeners hear of every event; may throw, or block
   */
  public record Parts(
      Storage storage,
      TimeSource time,
      SecureRandom random,
      List<Issuer> issuers,
      Function<CertificateSpec, List<Issuer>> issuersOf,
      Keyring keyring,
      Duration leaseTime,
      Duration grace,
      Role role,
      NamePolicy names,
      List<Consumer<AutoTlsEvent>> listeners) {
    public Parts {
      issuers = List.copyOf(issuers);
      listeners = List.copyOf(listeners);
    }
  }

  /**
   * What is known of one certificate now.
   *
   * @param credential what visitors get
   * @param standIn what that is a certificate for, if it is another one than the one that is wanted
   */
  public record View(
      CertificateSpec spec,
      Optional<Credential> credential,
      Optional<CertificateSpec> standIn,
      Optional<String> issuer,
      String phase,
      Instant nextStep,
      String reason,
      int failedAttempts,
      Optional<Instant> windowStart,
      Optional<Instant> windowEnd,
      Optional<String> waitsFor,
      Optional<Problem> lastProblem) {}

  /** How many threads an engine with that many issuers and listeners can use at once. */
  public static int workers(int issuers, int listeners) {
    return steps(issuers) + ChallengeSearch.WORKERS + listeners;
  }

  private static int steps(int issuers) {
    return SPARE_WORKERS
        + CircuitBreakers.SETTLING_AT_ONCE
        + issuers * (CircuitBreakers.STEPS + CircuitBreakers.INQUIRIES_AT_ONCE);
  }

  /** Creates an engine that does nothing yet. */
  public Engine(Parts parts) {
    this.parts = parts;
    TimeSource time = parts.time();
    RecordStore records = new RecordStore(parts.storage());
    this.brake = new StartBrake(time);
    this.breakers = new CircuitBreakers(time, parts.random());
    this.admission = new AdmissionControl(breakers, time);
    this.events = new EventDispatcher(time, parts.listeners());
    this.clocks = new ClockComparison(time, events, this::firstSpec, this::clockCompared);
    this.failures = new CommonFailures(parts.storage(), time, events, this::firstSpec);
    this.queue =
        new TaskQueue(time, steps(parts.issuers().size()), admission, failures, this::clockWasSet);
    this.blocked = new BlockedCertificates(new BlockedReport(time, queue, events));
    this.challenges = new ChallengeStore(parts.storage(), time);
    this.issuers = new IssuerSelection(parts.issuersOf(), breakers, time);
    this.fallbacks =
        new FallbackCertificates(records, time, clocks::now, queue, names, new Keeping());
    String node = nodeName(parts);
    this.leases = new Leases(parts.storage(), time, parts.random(), node, parts.leaseTime());
    this.repository =
        new CertificateRepository(
            parts,
            issuers,
            admission,
            clocks,
            events,
            records,
            this::hasCredential,
            this::isReady,
            this::recordChanged);
    IssuanceSteps steps =
        new IssuanceSteps(
            parts,
            issuers,
            breakers,
            brake,
            repository,
            clocks,
            events,
            blocked,
            shutdown,
            this::gateMoved);
    StartReview review = new StartReview(issuers, time, parts.random());
    this.worker = new JobRunner(parts, leases, repository, steps, events, shutdown, review);
    RetryPolicy retries = new RetryPolicy(parts.random());
    this.news =
        new ClusterSync(
            records, time, queue, repository, managed, this::changed, failures, retries);
    this.outages =
        new OutageExchange(
            parts.storage(),
            time,
            breakers,
            queue,
            parts.issuers().stream().map(Issuer::id).distinct().toList(),
            node,
            isWriter() ? OutageExchange.Writing.ALLOWED : OutageExchange.Writing.FORBIDDEN,
            clocks::wroteAhead,
            this::gateMoved);
    this.revocations =
        new Revocations(
            parts.storage(),
            time,
            issuers,
            clocks,
            events,
            shutdown,
            managed::get,
            this::renewForRevocation);
    this.cleanup = new Cleanup(challenges, records, time, parts.grace(), managed::containsKey);
    this.desk =
        new RenewalInfoPoller.Desk(
            repository, issuers, retries, parts.random(), time, events, shutdown, this::changed);
  }

  private static String nodeName(Parts parts) {
    byte[] node = new byte[8];
    parts.random().nextBytes(node);
    return HexFormat.of().formatHex(node);
  }

  /** Makes a challenge known to all nodes. */
  public void publish(Challenge challenge) throws IOException {
    challenges.publish(challenge);
  }

  /** Forgets a challenge. */
  public void withdraw(Challenge challenge) throws IOException {
    challenges.withdraw(challenge);
  }

  /** The challenge under way for {@code name}, on whichever node. */
  public Optional<Challenge> challenge(String type, String name) {
    return challenges.find(type, name);
  }

  /** As {@link #challenge}, and holds no thread while the storage is asked. */
  public CompletionStage<Optional<Challenge>> lookUp(String type, String name) {
    return challenges.lookUp(type, name);
  }

  /**
   * Loads what is stored and begins to work. Reads on the caller's thread, so that stored
   * certificates are served from the first handshake on; if that takes long, the rest comes later.
   */
  public void start(Collection<CertificateSpec> specs) {
    List<ManagedCertificate> all = specs.stream().map(this::want).toList();
    missing.addAndGet(1); // nobody is ready before all were looked at
    long begin = parts.time().nanos();
    int count = 0;
    Map<ManagedCertificate, Schedule> schedules = new LinkedHashMap<>();
    for (ManagedCertificate one : all) {
      boolean now = count++ < START_COUNT && parts.time().nanos() - begin < START_BUDGET.toNanos();
      Schedule next = now ? worker.load(one) : unread();
      if (next != null) {
        schedules.put(one, next);
      }
    }
    oneLessMissing();
    BooleanSupplier early = () -> parts.time().nanos() - begin < START_BUDGET.toNanos();
    fallbacks.start(all, early);
    if (isWriter()) {
      brake.lookAt(all, parts);
    }
    outages.start(
        early.getAsBoolean() ? OutageExchange.Start.READS_FIRST : OutageExchange.Start.READS_LATER);
    queue.putAll(schedules);
    news.start();
    if (isWriter()) {
      queue.put(cleanup, cleanup.first());
      queue.put(revocations, revocations.now());
    }
  }

  private Schedule unread() {
    return Schedule.of(parts.time().instant(), Priority.URGENT);
  }

  private boolean isWriter() {
    return parts.role() != Role.FOLLOWER;
  }

  private ManagedCertificate want(CertificateSpec spec) {
    missing.incrementAndGet();
    return register(spec, ManagedCertificate.Standing.WANTED);
  }

  private ManagedCertificate register(CertificateSpec spec, ManagedCertificate.Standing standing) {
    ManagedCertificate one =
        new ManagedCertificate(spec, standing, numbers.getAndIncrement(), worker);
    managed.put(RecordStore.key(spec), one);
    names.add(one);
    return one;
  }

  /** A follower only reads: once at the beginning, and again when there is news. */
  private void schedule(ManagedCertificate one, @Nullable Schedule schedule) {
    if (schedule != null && (isWriter() || !one.isLoaded())) {
      queue.put(one, schedule);
    }
  }

  /** Wants another certificate from now on; one that is wanted already is no error. */
  public synchronized void add(CertificateSpec spec) {
    ManagedCertificate present = managed.get(RecordStore.key(spec));
    if (present == null) {
      ManagedCertificate one = want(spec);
      schedule(one, worker.load(one));
      news.mayBeBare();
      fallbacks.added(one);
    } else if (!present.isWanted()) {
      present.want();
      schedule(present, present.schedule());
      hasCredential(present);
      fallbacks.added(present);
    }
  }

  /**
   * Wants a certificate no longer. It is served for the grace period, and then forgotten.
   *
   * @return false if it was not wanted
   */
  public synchronized boolean remove(CertificateSpec spec) {
    ManagedCertificate one = managed.get(RecordStore.key(spec));
    if (one == null || !one.isWanted()) {
      return false;
    }
    Instant now = parts.time().instant();
    Instant until = now.plus(parts.grace());
    retire(one, until);
    if (one.becomesReady()) {
      oneLessMissing(); // nobody waits for it any more
    }
    events.tell(new AutoTlsEvent.Removed(now, spec, until));
    if (revocations.isPending()) {
      queue.put(revocations, revocations.now());
    }
    fallbacks.changed(one);
    return true;
  }

  private void retire(ManagedCertificate one, Instant until) {
    Instant now = parts.time().instant();
    one.retire(now, until);
    queue.remove(one);
    queue.put(() -> forget(one, now), Schedule.of(until, Priority.CLEANING));
  }

  private synchronized @Nullable Schedule forget(ManagedCertificate one, Instant retiredAt) {
    if (one.retiredAt().equals(Optional.of(retiredAt))) {
      if (fallbacks.isNeeded(one)) {
        fallbacks.changed(one);
        return Schedule.of(parts.time().instant().plus(LOOK_AGAIN), Priority.CLEANING);
      }
      managed.remove(RecordStore.key(one.spec()), one);
      names.remove(one);
      issuers.forget(one.spec());
      blocked.forget(one);
      Companions gone = companions.remove(one.spec().id());
      if (gone != null) {
        queue.remove(gone.inquiry());
        queue.remove(gone.expiryWarner());
        queue.remove(gone.handover());
      }
      parts.keyring().remove(one.spec().id());
      if (revocations.isPending()) {
        queue.put(revocations, revocations.now());
      }
    }
    return null;
  }

  /**
   * Renews now, whatever was planned, and whoever was to be left alone.
   *
   * @return how many certificates that is
   */
  public int renewNow(String name) {
    Instant now = parts.time().instant();
    List<ManagedCertificate> found =
        names.find(name).stream().filter(one -> !one.isRetired()).toList();
    for (ManagedCertificate one : isWriter() ? found : List.<ManagedCertificate>of()) {
      one.force(now);
      queue.put(one, one.schedule().at(now));
    }
    return found.size();
  }

  /**
   * Replaces the certificates of a name by others with other keys, and then has them revoked.
   *
   * @return how many certificates that is
   * @throws IOException if the wish could not be stored: nothing was begun
   * @throws UnsupportedOperationException if their issuer cannot revoke
   * @throws IllegalStateException on a follower, or if there is no certificate yet
   */
  public int revoke(String name, RevocationReason reason) throws IOException {
    List<ManagedCertificate> found =
        names.find(name).stream().filter(one -> !one.isRetired()).toList();
    if (!found.isEmpty() && !isWriter()) {
      throw new IllegalStateException(
          "This node only follows, and writes nothing: revoke on a node that issues.");
    }
    for (ManagedCertificate one : found) {
      revocations.request(one, reason);
    }
    queue.put(revocations, revocations.now());
    return found.size();
  }

  private void renewForRevocation(ManagedCertificate one, PublicKey revoked) {
    Instant now = parts.time().instant();
    if (!one.isForced()
        && !one.record().map(r -> r.job().isUnderWay()).orElse(false)
        && one.forceInsteadOf(revoked, now)) {
      queue.put(one, one.schedule().at(now));
    }
  }

  /** Completes when every certificate is there and valid. */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /** What is known now, in the order in which they were asked for. */
  public List<View> views() {
    List<ManagedCertificate> all = new ArrayList<>(managed.values());
    all.sort(Comparator.comparingLong(ManagedCertificate::number));
    return all.stream().map(one -> explanation().view(one, null)).toList();
  }

  /** What is known of the certificates with a name. */
  public List<View> views(String name) {
    return names.find(name).stream().map(one -> explanation().view(one, name)).toList();
  }

  /** The whole story of the certificates with a name, for people; reads the storage. */
  public List<String> explain(String name) {
    return names.find(name).stream()
        .map(
            one ->
                explanation().explain(one, name)
                    + clocks.problem().map(what -> "Clock: " + what.what() + "\n").orElse("")
                    + revocations
                        .describe(one)
                        .map(what -> "To be revoked: " + what + ".\n")
                        .orElse(""))
        .toList();
  }

  private StatusReporter explanation() {
    return new StatusReporter(
        issuers,
        fallbacks,
        breakers,
        leases,
        parts.time(),
        parts.role(),
        one ->
            failures
                .problem()
                .or(clocks::problem)
                .or(() -> revocations.problem(one.spec().id()))
                .or(() -> events.problem(one.spec())));
  }

  private Optional<CertificateSpec> firstSpec() {
    return managed.values().stream()
        .min(Comparator.comparingLong(ManagedCertificate::number))
        .map(ManagedCertificate::spec);
  }

  /** A solver said that its readiness changed: whatever waited for one goes on. */
  public void readinessChanged() {
    Instant now = parts.time().instant();
    for (ManagedCertificate one : blocked.changed()) {
      if (one.blockedBy().isPresent() && !one.isRetired()) {
        queue.put(one, one.schedule().at(now));
      }
    }
  }

  /** Another node wrote the record: its next step may be due at another time. */
  private void changed(ManagedCertificate one) {
    schedule(one, one.schedule());
  }

  private void recordChanged(ManagedCertificate one) {
    fallbacks.changed(one);
  }

  /** A new credential is served: it is watched, and its issuer is asked about it. */
  private void hasCredential(ManagedCertificate one) {
    if (revocations.isPending()) {
      queue.put(revocations, revocations.now());
    }
    fallbacks.changed(one);
    Companions beside =
        companions.computeIfAbsent(
            one.spec().id(),
            id ->
                new Companions(
                    new RenewalInfoPoller(one, desk),
                    new ExpiryWarner(one, parts.time(), events),
                    new Handover(one, repository)));
    put(beside.expiryWarner(), beside.expiryWarner().schedule());
    put(beside.handover(), beside.handover().schedule());
    if (isWriter()) {
      put(beside.inquiry(), beside.inquiry().schedule());
    }
  }

  private void put(TaskQueue.Task task, @Nullable Schedule schedule) {
    if (schedule != null) {
      queue.put(task, schedule);
    }
  }

  /** The wall clock was set, or the machine slept: what was due then is due at another time now. */
  private void clockWasSet() {
    clocks.clockWasSet();
    for (ManagedCertificate one : managed.values()) {
      repository.clockWasSet(one);
      if (one.isLoaded() && !one.isRetired()) {
        changed(one);
        Companions beside = companions.get(one.spec().id());
        if (beside != null) {
          put(beside.expiryWarner(), beside.expiryWarner().clockWasSet());
          put(beside.handover(), Schedule.of(parts.time().instant(), Priority.URGENT));
          if (isWriter()) {
            put(beside.inquiry(), beside.inquiry().schedule());
          }
        }
      }
    }
  }

  /**
   * An issuer said what time it is for it.
   *
   * @param ahead how far its clock is ahead of ours, negative if it is behind
   */
  public void clockHeard(Issuer issuer, Duration ahead) {
    clocks.heard(issuer, ahead);
  }

  /**
   * An entry was read that is not part of the engine, and that another node wrote.
   *
   * @param ahead how far in our future that was, by its clock; zero or negative if it was not
   */
  public void entryRead(Duration ahead) {
    clocks.wroteAhead(ahead);
  }

  /** What was taken for not valid yet may be so only for us. */
  private void clockCompared() {
    for (ManagedCertificate one : managed.values()) {
      Companions beside = companions.get(one.spec().id());
      if (beside != null && one.toBegin().isPresent()) {
        put(beside.handover(), Schedule.of(parts.time().instant(), Priority.URGENT));
      }
    }
  }

  /** The gate of an issuer opened or closed; those who can go elsewhere do not wait for it. */
  private void gateMoved(String issuer) {
    if (issuers.hasRivals(issuer) && !breakers.closedFor(issuer).isZero()) {
      for (TaskQueue.Task task : queue.waitingFor(issuer)) {
        if (task instanceof ManagedCertificate one && one.record().isPresent()) {
          CertificateRecord record = one.record().get();
          queue.put(one, one.wished(repository.schedule(one, record)));
        }
      }
    }
    queue.gateChanged();
    outages.changed(issuer);
  }

  private void isReady(ManagedCertificate one) {
    oneLessMissing();
  }

  private void oneLessMissing() {
    if (missing.decrementAndGet() == 0) {
      ready.complete(null);
    }
  }

  /**
   * Stops the work. What was begun is in the storage, and goes on at the next start; what fails
   * from now on is not stored, for it fails because of this.
   */
  @Override
  public void close() {
    shutdown.begin();
    queue.close();
    news.close();
    outages.close();
    challenges.close();
    ready.completeExceptionally(new IllegalStateException("AutoTls was closed"));
  }
}
