package io.autotls;

import io.autotls.internal.cluster.StoredJournal;
import io.autotls.internal.config.Configuration;
import io.autotls.internal.config.Factories;
import io.autotls.internal.config.InstalledPlugIns;
import io.autotls.internal.engine.Engine;
import io.autotls.internal.engine.EngineConfig;
import io.autotls.internal.limits.OrderLedger;
import io.autotls.internal.storage.DeadlineStorage;
import io.autotls.internal.time.TimeAndThreads;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.CleanUpJournal;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Visibility;
import io.autotls.tls.ChallengeCertificates;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import io.autotls.tls.KeyringSslContext;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of one {@code AutoTls}, put together. Everything that they share is made here, once.
 */
final class Assembly {
  /** A node that died blocks its work for so long; a step writes several times within it. */
  private static final Duration LEASE_TIME = Duration.ofSeconds(10);

  /** A placeholder with a name or two is as good as one with a hundred thousand. */
  private static final int PLACEHOLDER_NAMES = 100;

  /** A line of the log is read by people. */
  private static final int SHOWN_NAMES = 10;

  /** The one type of challenge that is answered in a handshake (RFC 8737). */
  private static final String SEES_HANDSHAKES = "tls-alpn-01";

  private static final Logger log = LoggerFactory.getLogger(AutoTls.class);

  private final List<CertificateSpec> specs;
  private final List<Issuer> issuers;
  private final List<ChallengeSolver> solvers;
  private final Storage storage;
  private final TimeAndThreads threads;
  private final TimeSource time;
  private final SecureRandom random;
  private final Keyring keyring;
  private final SSLContext sslContext;
  private final Engine engine;
  private final int httpPort;
  private final int httpsPort;
  private final OptionalInt publicHttpsPort;
  private final Setup setup;
  private final OrderLedger ledger;

  private Assembly(AutoTls.Builder builder, Setup setup, TimeAndThreads threads) {
    this.threads = threads;
    this.time = threads.time();
    this.random = builder.random == null ? new SecureRandom() : builder.random;
    this.specs = setup.specs();
    this.httpPort = setup.httpPort();
    this.httpsPort = setup.httpsPort();
    this.publicHttpsPort = setup.publicHttpsPort();
    this.setup = setup;
    this.issuers = setup.choice().all();
    this.solvers = setup.solvers();
    // Whoever brings a time of their own drives the threads too, and a storage of their own with
    // them.
    this.storage = builder.time == null ? DeadlineStorage.over(setup.storage()) : setup.storage();
    this.keyring = builder.keyring == null ? new Keyring() : builder.keyring;
    this.sslContext = KeyringSslContext.create(keyring);
    List<Consumer<AutoTlsEvent>> listeners = new ArrayList<>(builder.listeners);
    listeners.add(0, new EventLog());
    this.engine =
        new Engine(
            EngineConfig.builder()
                .storage(storage)
                .time(time)
                .executors(threads.work(), threads.listeners())
                .random(random)
                .issuers(issuers, setup.choice()::of)
                .solvers(solvers)
                .keyring(keyring)
                .leaseTime(LEASE_TIME)
                .gracePeriod(setup.gracePeriod())
                .role(setup.role())
                .namePolicy(setup.namePolicy())
                .listeners(listeners)
                .build());
    this.ledger = new OrderLedger(storage, time, engine::entryRead);
  }

  static Assembly of(AutoTls.Builder builder) {
    InstalledPlugIns installed = InstalledPlugIns.find();
    Configuration configuration =
        Configuration.read(
            Configuration.Sources.ofProcess(),
            installed.declarations(),
            builder.inCode,
            builder.configuration);
    int workers = Engine.workers(Setup.mostIssuers(builder, configuration));
    TimeAndThreads threads = new TimeAndThreads(builder.time, builder.executor, workers);
    Factories factories = new Factories(installed, configuration, threads.time(), threads.work());
    try {
      Setup setup = new Setup(builder, configuration, factories);
      setup.check();
      Assembly assembly = new Assembly(builder, setup, threads);
      assembly.specs.forEach(assembly::check);
      factories.withoutEffect().forEach(log::warn);
      return assembly;
    } catch (RuntimeException e) {
      threads.close();
      factories.discard(e);
      throw e;
    }
  }

  AutoTls begin() {
    List<String> names =
        specs.stream()
            .flatMap(spec -> spec.names().stream())
            .distinct()
            .limit(PLACEHOLDER_NAMES)
            .toList();
    keyring.defaultOrder(specs.stream().flatMap(spec -> spec.names().stream()).toList());
    setup.defaultName().ifPresent(keyring::defaultName);
    keyring.placeholder(() -> Credential.selfSigned(names, time, random));
    startPlugIns();
    log.info("{}", startLine());
    engine.start(specs);
    return new AutoTls(this);
  }

  /** Starts all of them, or none. */
  private void startPlugIns() {
    Deque<AutoCloseable> begun = new ArrayDeque<>();
    try {
      for (Issuer issuer : issuers) {
        begun.push(issuer);
        setup
            .factories()
            .calls()
            .start(
                "The issuer " + issuer.displayName(),
                issuer,
                () -> issuer.start(new ForIssuer(issuer)));
      }
      for (ChallengeSolver solver : solvers) {
        begun.push(solver);
        setup
            .factories()
            .calls()
            .start(
                "The solver for " + solver.type(),
                solver,
                () -> solver.start(new ForSolver(solver)));
      }
    } catch (ConfigurationException e) {
      threads.close();
      begun.forEach(one -> close(one, e));
      setup.factories().discard(e);
      throw e;
    }
  }

  private static void close(AutoCloseable plugIn, ConfigurationException failure) {
    try {
      plugIn.close();
    } catch (Exception e) {
      failure.addSuppressed(e); // what went wrong first matters more
    }
  }

  /** What somebody who reads the log has to know first. */
  private String startLine() {
    String version = AutoTls.class.getPackage().getImplementationVersion();
    List<String> names = specs.stream().flatMap(spec -> spec.names().stream()).distinct().toList();
    int more = names.size() - SHOWN_NAMES;
    String cas =
        specs.stream()
            .map(setup.choice()::of)
            .distinct()
            .flatMap(List::stream)
            .map(Issuer::displayName)
            .distinct()
            .collect(Collectors.joining(", "));
    return "AutoTls"
        + (version == null ? "" : " " + version)
        + " serves "
        + String.join(", ", names.subList(0, Math.min(SHOWN_NAMES, names.size())))
        + (more > 0 ? " and " + more + " more" : "")
        + "; CA: "
        + cas
        + "; storage: "
        + storage.location()
        + "; ports: "
        + httpPort
        + " (http), "
        + httpsPort
        + " (https); role: "
        + setup.role().configName()
        + ".";
  }

  /** Refuses a certificate that this node could never obtain, whatever happens later. */
  void check(CertificateSpec spec) {
    setup.checkSolvers(spec, solvers);
  }

  Keyring keyring() {
    return keyring;
  }

  SSLContext sslContext() {
    return sslContext;
  }

  Engine engine() {
    return engine;
  }

  Storage storage() {
    return storage;
  }

  List<Issuer> issuers() {
    return issuers;
  }

  List<ChallengeSolver> solvers() {
    return solvers;
  }

  TimeAndThreads threads() {
    return threads;
  }

  int httpPort() {
    return httpPort;
  }

  int httpsPort() {
    return httpsPort;
  }

  OptionalInt publicHttpsPort() {
    return publicHttpsPort;
  }

  /** What plug-ins see of all this. */
  private final class ForSolver implements SolverContext {
    private final ChallengeSolver solver;

    private ForSolver(ChallengeSolver solver) {
      this.solver = solver;
    }

    @Override
    public TimeSource time() {
      return time;
    }

    @Override
    public Executor executor() {
      return threads.work();
    }

    @Override
    public int publicHttpsPort() {
      return publicHttpsPort.orElse(httpsPort);
    }

    @Override
    public Optional<Challenge> challenge(String type, String key) {
      return engine.challenge(type, key);
    }

    @Override
    public CompletionStage<Optional<Challenge>> lookUp(String type, String key) {
      return engine.lookUp(type, key);
    }

    @Override
    public CleanUpJournal journal() {
      return new StoredJournal(storage, time, solver.type());
    }

    @Override
    public Optional<ChallengeCertificates> challengeCertificates() {
      return solver.type().equals(SEES_HANDSHAKES)
          ? Optional.of(keyring.challengeCertificates())
          : Optional.empty();
    }

    @Override
    public void readinessChanged() {
      engine.readinessChanged();
    }
  }

  /** What one issuer sees. */
  private final class ForIssuer implements IssuerContext {
    private final Issuer issuer;

    private ForIssuer(Issuer issuer) {
      this.issuer = issuer;
    }

    @Override
    public Storage storage() {
      return storage;
    }

    @Override
    public TimeSource time() {
      return time;
    }

    @Override
    public RandomGenerator random() {
      return random;
    }

    @Override
    public List<ChallengeSolver> solvers() {
      return solvers;
    }

    @Override
    public List<String> emails() {
      return setup.emails();
    }

    @Override
    public boolean termsOfServiceAgreed() {
      return setup.termsAgreed();
    }

    @Override
    public void admit(Issuance work) throws IssuerException, IOException {
      ledger.admit(issuer, work);
      work.requireHeld(); // the ledger may have been slow, and the order comes next
    }

    @Override
    public void validationFailed(String name) {
      ledger.validationFailed(issuer, name);
    }

    @Override
    public void clockHeard(Duration ahead) {
      engine.clockHeard(issuer, ahead);
    }

    @Override
    public Visibility present(Issuance work, List<Challenge> challenges) throws IOException {
      return engine.responder().present(work.specId(), challenges, work::requireHeld);
    }

    @Override
    public Visibility settle(Issuance work, List<Challenge> challenges) throws IOException {
      return engine.responder().settle(work.specId(), challenges);
    }

    @Override
    public void cleanUp(Issuance work, List<Challenge> challenges) {
      engine.responder().cleanUp(work.specId(), challenges);
    }
  }
}
