package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.cluster.ChallengeSearch;
import io.autotls.internal.cluster.ChallengeStore;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.cluster.Leases;
import io.autotls.internal.cluster.OngoingWork;
import io.autotls.internal.cluster.OutageExchange;
import io.autotls.internal.cluster.StoredJournal;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.issuance.AdmissionControl;
import io.autotls.internal.issuance.AttemptStart;
import io.autotls.internal.issuance.BlockedCertificates;
import io.autotls.internal.issuance.BlockedReport;
import io.autotls.internal.issuance.CertificateInstaller;
import io.autotls.internal.issuance.CertificateListener;
import io.autotls.internal.issuance.CertificateRegistry;
import io.autotls.internal.issuance.CertificateRepository;
import io.autotls.internal.issuance.CertificateTask;
import io.autotls.internal.issuance.ChallengeResponder;
import io.autotls.internal.issuance.ClockComparison;
import io.autotls.internal.issuance.FailurePolicy;
import io.autotls.internal.issuance.IssuanceSteps;
import io.autotls.internal.issuance.IssuerCalls;
import io.autotls.internal.issuance.IssuerSelection;
import io.autotls.internal.issuance.JobRunner;
import io.autotls.internal.issuance.KeyringUpdater;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NodeServices;
import io.autotls.internal.issuance.Shutdown;
import io.autotls.internal.issuance.StartBrake;
import io.autotls.internal.issuance.StartReview;
import io.autotls.internal.issuance.StepScheduler;
import io.autotls.internal.maintenance.CertificateMaintenance;
import io.autotls.internal.maintenance.ChallengeCleanup;
import io.autotls.internal.maintenance.Cleanup;
import io.autotls.internal.maintenance.ClusterSync;
import io.autotls.internal.maintenance.CommonFailures;
import io.autotls.internal.maintenance.FallbackCertificates;
import io.autotls.internal.maintenance.RenewalInfoPoller;
import io.autotls.internal.maintenance.Revocations;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.spi.Challenge;
import io.autotls.spi.Issuer;
import io.autotls.spi.Key;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps every wanted certificate in the keyring and in good time: loads what is stored, decides
 * when something is due, and hands it to the {@link JobRunner}.
 *
 * <p>One engine belongs to one {@code AutoTls}. It keeps no truth of its own: that is in the
 * storage. A follower has the same parts and puts nothing into the queue that writes.
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

  private final EngineConfig config;
  private final NodeServices node;
  private final TimeSource time;
  private final CertificateRegistry registry = new CertificateRegistry();
  private final TaskQueue queue;
  private final ChallengeStore challenges;
  private final CommonFailures failures;
  private final ClockComparison clocks;
  private final CircuitBreakers breakers;
  private final IssuerSelection issuers;
  private final Leases leases;
  private final StepScheduler scheduler;
  private final CertificateRepository repository;
  private final JobRunner runner;
  private final CertificateMaintenance maintenance;
  private final ClusterSync sync;
  private final OutageExchange outages;
  private final Cleanup cleanup;
  private final ChallengeResponder responder;
  private final ChallengeCleanup challengeCleanup;
  private final Revocations revocations;
  private final StartBrake startBrake;
  private final FallbackCertificates fallbacks;
  private final BlockedCertificates blocked;
  private final StatusReporter reporter;
  private final AtomicInteger missing = new AtomicInteger(); // valid credentials until ready
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  /** How many threads an engine with that many issuers can use at once. */
  public static int workers(int issuers) {
    return steps(issuers) + ChallengeSearch.WORKERS;
  }

  private static int steps(int issuers) {
    return SPARE_WORKERS
        + CircuitBreakers.SETTLING_AT_ONCE
        + issuers * (CircuitBreakers.STEPS + CircuitBreakers.INQUIRIES_AT_ONCE);
  }

  /** Creates an engine that does nothing yet. */
  public Engine(EngineConfig config) {
    this.config = config;
    this.time = config.time();
    EventDispatcher events =
        new EventDispatcher(time, config.listenerExecutor(), config.listeners());
    this.node = new NodeServices(config.storage(), time, config.random(), events, new Shutdown());
    this.breakers = new CircuitBreakers(time, config.random());
    this.issuers = new IssuerSelection(config.issuersOf(), breakers, time);
    this.clocks = new ClockComparison(time, events, registry::first, this::clockCompared);
    this.failures = new CommonFailures(config.storage(), time, events, registry::first);
    AdmissionControl admission = new AdmissionControl(breakers, time);
    this.queue =
        new TaskQueue(
            time,
            config.executor(),
            steps(config.issuers().size()),
            admission,
            failures,
            this::clockWasSet);
    String name = nodeName();
    this.leases =
        new Leases(
            config.storage(), time, config.executor(), config.random(), name, config.leaseTime());
    RecordStore records = new RecordStore(config.storage());
    OngoingWork work = new OngoingWork(records, time);
    this.challenges = new ChallengeStore(config.storage(), work, time, config.executor());
    this.responder = new ChallengeResponder(challenges, config.solvers());
    this.challengeCleanup =
        new ChallengeCleanup(
            List.of(StoredJournal.entries(config.storage()), challenges.entries()),
            responder,
            work,
            time);
    this.outages = outages(name);
    this.blocked = new BlockedCertificates(new BlockedReport(time, queue, events), time);
    this.startBrake = new StartBrake(time);
    this.scheduler = new StepScheduler(issuers, clocks, time);
    CertificateListener listener = new Changes();
    KeyringUpdater keyring = new KeyringUpdater(node, config.keyring(), clocks, listener);
    this.repository =
        new CertificateRepository(records, scheduler, keyring, admission, clocks, time, listener);
    this.runner = runner(keyring);
    this.fallbacks =
        new FallbackCertificates(
            records, time, clocks::now, queue, registry.names(), new Keeping());
    RetryPolicy retries = new RetryPolicy(config.random());
    this.sync =
        new ClusterSync(
            records, time, queue, repository, registry, this::replanned, failures, retries);
    this.maintenance =
        new CertificateMaintenance(
            queue,
            new RenewalInfoPoller.Shared(
                node, repository, issuers, clocks, retries, this::replanned),
            keyring,
            config.isWriter()
                ? CertificateMaintenance.Writing.ALLOWED
                : CertificateMaintenance.Writing.FORBIDDEN);
    this.revocations = new Revocations(node, issuers, clocks, registry, this::renewForRevocation);
    this.cleanup = new Cleanup(records, time, config.gracePeriod(), registry::contains);
    this.reporter =
        new StatusReporter(
            issuers, fallbacks, breakers, leases, time, config.role(), this::otherProblem);
  }

  private String nodeName() {
    byte[] name = new byte[8];
    config.random().nextBytes(name);
    return HexFormat.of().formatHex(name);
  }

  private OutageExchange outages(String nodeName) {
    return new OutageExchange(
        config.storage(),
        time,
        breakers,
        queue,
        config.issuers().stream().map(Issuer::id).distinct().toList(),
        nodeName,
        config.isWriter() ? OutageExchange.Writing.ALLOWED : OutageExchange.Writing.FORBIDDEN,
        clocks::wroteAhead,
        this::issuerStateChanged);
  }

  private JobRunner runner(KeyringUpdater keyring) {
    AttemptStart start =
        new AttemptStart(node, issuers, breakers, startBrake, repository, scheduler, blocked);
    IssuanceSteps steps =
        new IssuanceSteps(
            node,
            issuers,
            new IssuerCalls(node, breakers, this::issuerStateChanged),
            repository,
            new CertificateInstaller(node, repository, keyring, clocks),
            new FailurePolicy(node, issuers, config.namePolicy()),
            blocked);
    StartReview review = new StartReview(issuers, time, config.random());
    return new JobRunner(node, config.role(), leases, repository, start, steps, review);
  }

  /** Answers challenges through the solvers, for whichever issuer. */
  public ChallengeResponder responder() {
    return responder;
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
    long begin = time.nanos();
    BooleanSupplier early = () -> time.nanos() - begin < START_BUDGET.toNanos();
    int count = 0;
    Map<Task, Schedule> schedules = new LinkedHashMap<>();
    for (ManagedCertificate one : all) {
      boolean now = count++ < START_COUNT && early.getAsBoolean();
      Schedule next = now ? runner.load(one) : Schedule.of(time.instant(), Priority.URGENT);
      if (next != null) {
        schedules.put(task(one), next);
      }
    }
    oneLessMissing();
    fallbacks.start(all, early);
    if (config.isWriter()) {
      startBrake.lookAt(all, config.issuers(), config.storage());
    }
    outages.start(
        early.getAsBoolean() ? OutageExchange.Start.READS_FIRST : OutageExchange.Start.READS_LATER);
    queue.putAll(schedules);
    sync.start();
    if (config.isWriter()) {
      queue.put(cleanup, cleanup.first());
      queue.put(challengeCleanup, challengeCleanup.first());
      queue.put(revocations, revocations.now());
    }
  }

  private Task task(ManagedCertificate one) {
    return new CertificateTask(one, runner);
  }

  private ManagedCertificate want(CertificateSpec spec) {
    missing.incrementAndGet();
    return registry.add(spec, ManagedCertificate.Standing.WANTED);
  }

  /** A follower only reads: once at the beginning, and again when there is news. */
  private void schedule(ManagedCertificate one, @Nullable Schedule schedule) {
    if (schedule != null && (config.isWriter() || !one.isLoaded())) {
      queue.put(task(one), schedule);
    }
  }

  /** Wants another certificate from now on; one that is wanted already is no error. */
  public synchronized void add(CertificateSpec spec) {
    ManagedCertificate present = registry.find(spec).orElse(null);
    if (present == null) {
      ManagedCertificate one = want(spec);
      schedule(one, runner.load(one));
      sync.mayBeBare();
      fallbacks.added(one);
    } else if (!present.isWanted()) {
      present.want();
      schedule(present, present.schedule());
      credentialChanged(present);
      fallbacks.added(present);
    }
  }

  /**
   * Wants a certificate no longer. It is served for the grace period, and then forgotten.
   *
   * @return false if it was not wanted
   */
  public synchronized boolean remove(CertificateSpec spec) {
    ManagedCertificate one = registry.find(spec).orElse(null);
    if (one == null || !one.isWanted()) {
      return false;
    }
    Instant now = time.instant();
    Instant until = now.plus(config.gracePeriod());
    retire(one, until);
    if (one.becomesReady()) {
      oneLessMissing(); // nobody waits for it any more
    }
    node.events().tell(new AutoTlsEvent.Removed(now, spec, until));
    lookAtRevocations();
    fallbacks.changed(one);
    return true;
  }

  private void retire(ManagedCertificate one, Instant until) {
    Instant now = time.instant();
    one.retire(now, until);
    queue.remove(task(one));
    queue.put(() -> forget(one, now), Schedule.of(until, Priority.CLEANING));
  }

  private synchronized @Nullable Schedule forget(ManagedCertificate one, Instant retiredAt) {
    if (one.retiredAt().equals(Optional.of(retiredAt))) {
      if (fallbacks.isNeeded(one)) {
        fallbacks.changed(one);
        return Schedule.of(time.instant().plus(LOOK_AGAIN), Priority.CLEANING);
      }
      registry.remove(one);
      issuers.forget(one.spec());
      blocked.forget(one);
      maintenance.forget(one);
      config.keyring().remove(one.spec().id());
      lookAtRevocations();
    }
    return null;
  }

  private void lookAtRevocations() {
    if (revocations.isPending()) {
      queue.put(revocations, revocations.now());
    }
  }

  /**
   * Renews now, whatever was planned, and whoever was to be left alone.
   *
   * @return how many certificates that is
   */
  public int renewNow(String name) {
    List<ManagedCertificate> found = inUse(name);
    Instant now = time.instant();
    for (ManagedCertificate one : config.isWriter() ? found : List.<ManagedCertificate>of()) {
      one.requestRenewal(now);
      queue.put(task(one), one.schedule().at(now));
    }
    return found.size();
  }

  private List<ManagedCertificate> inUse(String name) {
    return registry.names().find(name).stream().filter(one -> !one.isRetired()).toList();
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
    List<ManagedCertificate> found = inUse(name);
    if (!found.isEmpty() && !config.isWriter()) {
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
    Instant now = time.instant();
    if (!one.isRenewalRequested()
        && !one.record().map(r -> r.job().isUnderWay()).orElse(false)
        && one.requestReplacementOf(revoked, now)) {
      queue.put(task(one), one.schedule().at(now));
    }
  }

  /** Completes when every certificate is there and valid. */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /** What is known now, in the order in which they were asked for. */
  public List<CertificateView> views() {
    return registry.inOrder().stream().map(one -> reporter.view(one, null)).toList();
  }

  /** What is known of the certificates with a name. */
  public List<CertificateView> views(String name) {
    return registry.names().find(name).stream().map(one -> reporter.view(one, name)).toList();
  }

  /** The whole story of the certificates with a name, for people; reads the storage. */
  public List<String> explain(String name) {
    return registry.names().find(name).stream()
        .map(
            one ->
                reporter.explain(one, name)
                    + clocks.problem().map(what -> "Clock: " + what.what() + "\n").orElse("")
                    + revocations
                        .describe(one)
                        .map(what -> "To be revoked: " + what + ".\n")
                        .orElse(""))
        .toList();
  }

  /** What is wrong on this node besides the certificate itself. */
  private Optional<Problem> otherProblem(ManagedCertificate one) {
    return failures
        .problem()
        .or(clocks::problem)
        .or(() -> revocations.problem(one.spec().id()))
        .or(() -> node.events().problem(one.spec()));
  }

  /** A solver said that its readiness changed: whatever waited for one goes on. */
  public void readinessChanged() {
    Instant now = time.instant();
    for (ManagedCertificate one : blocked.changed()) {
      if (one.blockedBy().isPresent() && !one.isRetired()) {
        queue.put(task(one), one.schedule().at(now));
      }
    }
  }

  /** The next step may be due at another time than was planned. */
  private void replanned(ManagedCertificate one) {
    schedule(one, one.schedule());
  }

  /** What reading and writing records comes to for the rest of the engine. */
  private final class Changes implements CertificateListener {
    @Override
    public void recordChanged(ManagedCertificate certificate) {
      fallbacks.changed(certificate);
    }

    @Override
    public void credentialChanged(ManagedCertificate certificate) {
      Engine.this.credentialChanged(certificate);
    }

    @Override
    public void leftToNewerNodes(ManagedCertificate certificate) {
      Problem problem =
          new Messages(time)
              .leftToNewerNodes(certificate.spec(), certificate.served().orElse(null));
      node.events().tell(new AutoTlsEvent.Failed(time.instant(), certificate.spec(), problem));
    }

    @Override
    public void becameReady(ManagedCertificate certificate) {
      oneLessMissing();
    }
  }

  private void credentialChanged(ManagedCertificate one) {
    lookAtRevocations();
    fallbacks.changed(one);
    maintenance.credentialChanged(one);
  }

  private void oneLessMissing() {
    if (missing.decrementAndGet() == 0) {
      ready.complete(null);
    }
  }

  /** The wall clock was set, or the machine slept: what was due then is due at another time now. */
  private void clockWasSet() {
    clocks.clockWasSet();
    for (ManagedCertificate one : registry.all()) {
      repository.clockWasSet(one);
      if (one.isLoaded() && !one.isRetired()) {
        replanned(one);
        maintenance.clockWasSet(one);
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
    registry.all().forEach(maintenance::clockCompared);
  }

  /**
   * An issuer turned out to be unwell, or well again; who can go elsewhere does not wait for it.
   */
  private void issuerStateChanged(String issuer) {
    if (issuers.hasRivals(issuer) && !breakers.closedFor(issuer).isZero()) {
      for (Task task : queue.waitingFor(issuer)) {
        if (task instanceof CertificateTask waiting) {
          ManagedCertificate one = waiting.certificate();
          one.record()
              .ifPresent(
                  record -> queue.put(task, one.asRequested(scheduler.schedule(one, record))));
        }
      }
    }
    queue.gateChanged();
    outages.changed(issuer);
  }

  /**
   * Stops the work. What was begun is in the storage, and goes on at the next start; what fails
   * from now on is not stored, for it fails because of this.
   */
  @Override
  public void close() {
    node.shutdown().begin();
    queue.close();
    sync.close();
    outages.close();
    challenges.close();
    ready.completeExceptionally(new IllegalStateException("AutoTls was closed"));
  }

  /** What becomes of certificates that nobody asked for, and somebody needs. */
  private final class Keeping implements FallbackCertificates.Keeping {
    @Override
    public boolean isManaged(Key key) {
      return registry.contains(key);
    }

    @Override
    public Optional<ManagedCertificate> keep(CertificateSpec spec, Set<String> also) {
      synchronized (Engine.this) {
        Optional<ManagedCertificate> present = registry.find(spec);
        if (present.isPresent()) {
          keep(present.get());
          return present;
        }
        if (!issuers.canIssue(spec)) {
          return Optional.empty();
        }
        ManagedCertificate one = registry.add(spec, ManagedCertificate.Standing.FALLBACK);
        one.becomesReady(); // nobody waits for it
        one.alsoServes(also);
        schedule(one, runner.load(one));
        return Optional.of(one);
      }
    }

    @Override
    public void keep(ManagedCertificate retired) {
      synchronized (Engine.this) {
        if (retired.isRetired()) {
          retired.standIn();
          schedule(retired, retired.schedule());
          credentialChanged(retired);
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
}
