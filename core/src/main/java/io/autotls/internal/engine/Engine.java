package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.engine.Agenda.Appointment;
import io.autotls.spi.Challenge;
import io.autotls.spi.Issuer;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps every wanted certificate in the keyring and in good time: loads what is stored, decides
 * when something is due, and hands it to a {@link Worker}.
 *
 * <p>One engine belongs to one {@code AutoTls}. It keeps no truth of its own: that is in the
 * storage.
 */
public final class Engine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  /** Steps that run at once; each is a few requests long. */
  private static final int PARALLELISM = 8;

  /** Reading what is stored delays the start of the application by no more than this. */
  private static final Duration START_BUDGET = Duration.ofSeconds(1);

  private static final Duration LOOK_WITHOUT_WATCH = Duration.ofSeconds(60);
  private static final Duration LOOK_WITH_WATCH = Duration.ofMinutes(10);
  private static final Duration SWEEP = Duration.ofDays(1);

  private final Parts parts;
  private final Agenda agenda;
  private final ChallengeBoard board;
  private final Worker worker;
  private final Map<String, Managed> managed = new LinkedHashMap<>(); // unchanged after start
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private @Nullable Watch watch; // null before start, and for stores that do not tell

  /**
   * What an engine is made of.
   *
   * @param issuers in the order in which they are tried; at least one
   * @param leaseTime how long an abandoned lease blocks others
   * @param listener hears of every event; may throw
   */
  public record Parts(
      Storage storage,
      TimeSource time,
      SecureRandom random,
      List<Issuer> issuers,
      Keyring keyring,
      Duration leaseTime,
      Consumer<AutoTlsEvent> listener) {
    public Parts {
      issuers = List.copyOf(issuers);
    }
  }

  /** What is known of one certificate now. */
  public record View(
      CertificateSpec spec,
      Optional<Credential> credential,
      String phase,
      Instant nextStep,
      Optional<Problem> lastProblem) {}

  /** Creates an engine that does nothing yet. */
  public Engine(Parts parts) {
    this.parts = parts;
    this.agenda = new Agenda(parts.time(), PARALLELISM);
    this.board = new ChallengeBoard(parts.storage(), parts.time());
    byte[] node = new byte[8];
    parts.random().nextBytes(node);
    Leases leases =
        new Leases(
            parts.storage(),
            parts.time(),
            parts.random(),
            HexFormat.of().formatHex(node),
            parts.leaseTime());
    this.worker = new Worker(parts, leases, new Records(parts.storage()), this::tell);
  }

  /** Makes a challenge known to all nodes. */
  public void publish(Challenge challenge) throws IOException {
    board.publish(challenge);
  }

  /** Forgets a challenge. */
  public void withdraw(Challenge challenge) throws IOException {
    board.withdraw(challenge);
  }

  /** The challenge under way for {@code name}, on whichever node. */
  public Optional<Challenge> challenge(String type, String name) {
    return board.find(type, name);
  }

  /**
   * Loads what is stored and begins to work. Reads on the caller's thread, so that stored
   * certificates are served from the first handshake on; if the storage is slow, the rest comes
   * later.
   */
  public void start(Collection<CertificateSpec> specs) {
    long begin = parts.time().nanos();
    for (CertificateSpec spec : specs) {
      managed.put(spec.id(), new Managed(spec, worker, this::changed));
    }
    for (Managed one : managed.values()) {
      if (parts.time().nanos() - begin < START_BUDGET.toNanos()) {
        agenda.put(one, one.load());
      } else {
        agenda.put(one, new Appointment(parts.time().instant(), Lane.URGENT));
      }
    }
    watchStorage();
    agenda.put(this::sweep, new Appointment(parts.time().instant().plus(SWEEP), Lane.CLEANING));
  }

  private void watchStorage() {
    Duration look = LOOK_WITH_WATCH;
    try {
      watch = parts.storage().watch("certificates/", this::onStored).orElse(null);
    } catch (IOException | RuntimeException e) {
      log.warn(
          "Cannot watch {}: {}. Next: changes by other nodes are noticed within {}. To do: nothing.",
          parts.storage().location(),
          e.getMessage(),
          LOOK_WITHOUT_WATCH);
    }
    if (watch == null) {
      look = LOOK_WITHOUT_WATCH;
    }
    Duration pause = look;
    agenda.put(
        () -> {
          managed.values().forEach(Managed::refresh);
          return new Appointment(parts.time().instant().plus(pause), Lane.ROUTINE);
        },
        new Appointment(parts.time().instant().plus(pause), Lane.ROUTINE));
  }

  private void onStored(Key key) {
    String name = key.name();
    Managed one = managed.get(name.substring(name.lastIndexOf('/') + 1));
    if (one != null && !key.version().equals(Optional.ofNullable(one.version()))) {
      parts.time().execute(one::refresh);
    }
  }

  /** A record was read or written: its next step may be due at another time. */
  private void changed(Managed one) {
    agenda.put(one, one.appointment());
  }

  /** Completes when every certificate is there and valid. */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /** What is known now, in the order of the specs. */
  public List<View> views() {
    return managed.values().stream().map(Managed::view).toList();
  }

  /** A solver said that its readiness changed: whatever waited for one goes on. */
  public void readinessChanged() {
    Instant now = parts.time().instant();
    for (Managed one : managed.values()) {
      if (one.isBlocked()) {
        agenda.put(one, new Appointment(now, Lane.URGENT));
      }
    }
  }

  private Appointment sweep() {
    try {
      board.sweep();
    } catch (IOException | RuntimeException e) {
      log.debug("sweeping old challenges failed", e); // optional work: the next day is soon enough
    }
    return new Appointment(parts.time().instant().plus(SWEEP), Lane.CLEANING);
  }

  private void tell(AutoTlsEvent event) {
    try {
      parts.listener().accept(event);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      log.warn("A listener threw on {}; its trouble is not ours: {}", event, e.toString());
    }
    if (!ready.isDone() && managed.values().stream().allMatch(this::servesValidCredential)) {
      ready.complete(null);
    }
  }

  private boolean servesValidCredential(Managed one) {
    return one.view()
        .credential()
        .filter(credential -> credential.isValidAt(parts.time().instant()))
        .isPresent();
  }

  /** Stops the work. What was begun is in the storage, and goes on at the next start. */
  @Override
  public void close() {
    agenda.close();
    if (watch != null) {
      watch.close();
    }
    ready.completeExceptionally(new IllegalStateException("AutoTls was closed"));
  }
}
