package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Role;
import io.autotls.internal.issuance.NamePolicy;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuer;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Keyring;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What an {@link Engine} is made of. Immutable. */
public final class EngineConfig {
  private final Storage storage;
  private final TimeSource time;
  private final Executor executor;
  private final Executor listenerExecutor;
  private final SecureRandom random;
  private final List<Issuer> issuers;
  private final Function<CertificateSpec, List<Issuer>> issuersOf;
  private final List<ChallengeSolver> solvers;
  private final Keyring keyring;
  private final Duration leaseTime;
  private final Duration gracePeriod;
  private final Role role;
  private final NamePolicy namePolicy;
  private final List<Consumer<AutoTlsEvent>> listeners;

  private EngineConfig(Builder builder) {
    this.storage = Objects.requireNonNull(builder.storage, "storage");
    this.time = Objects.requireNonNull(builder.time, "time");
    this.executor = Objects.requireNonNull(builder.executor, "executor");
    this.listenerExecutor = Objects.requireNonNull(builder.listenerExecutor, "listenerExecutor");
    this.random = Objects.requireNonNull(builder.random, "random");
    this.issuers = List.copyOf(builder.issuers);
    this.issuersOf = Objects.requireNonNull(builder.issuersOf, "issuersOf");
    this.solvers = List.copyOf(builder.solvers);
    this.keyring = Objects.requireNonNull(builder.keyring, "keyring");
    this.leaseTime = Objects.requireNonNull(builder.leaseTime, "leaseTime");
    this.gracePeriod = Objects.requireNonNull(builder.gracePeriod, "gracePeriod");
    this.role = builder.role;
    this.namePolicy = builder.namePolicy;
    this.listeners = List.copyOf(builder.listeners);
  }

  public static Builder builder() {
    return new Builder();
  }

  public Storage storage() {
    return storage;
  }

  public TimeSource time() {
    return time;
  }

  /** Runs all that may block; never on the caller's thread. */
  Executor executor() {
    return executor;
  }

  /** Calls the listeners, which may block for long. */
  Executor listenerExecutor() {
    return listenerExecutor;
  }

  public SecureRandom random() {
    return random;
  }

  /** All issuers, for their workers. */
  List<Issuer> issuers() {
    return issuers;
  }

  /** Who may issue a certificate, in the order in which they are tried. */
  Function<CertificateSpec, List<Issuer>> issuersOf() {
    return issuersOf;
  }

  /** All solvers, in the order in which they are tried. */
  List<ChallengeSolver> solvers() {
    return solvers;
  }

  Keyring keyring() {
    return keyring;
  }

  /** How long an abandoned lease blocks others. */
  Duration leaseTime() {
    return leaseTime;
  }

  /** How long a certificate is served that is not wanted any more. */
  Duration gracePeriod() {
    return gracePeriod;
  }

  Role role() {
    return role;
  }

  boolean isWriter() {
    return role != Role.FOLLOWER;
  }

  /** What becomes of a certificate some of whose names keep failing. */
  NamePolicy namePolicy() {
    return namePolicy;
  }

  /** Who hears of every event; may throw, or block. */
  List<Consumer<AutoTlsEvent>> listeners() {
    return listeners;
  }

  /** Collects the parts. Those without a default must be set. */
  public static final class Builder {
    private @Nullable Storage storage; // null until set, like the others
    private @Nullable TimeSource time;
    private @Nullable Executor executor;
    private @Nullable Executor listenerExecutor;
    private @Nullable SecureRandom random;
    private List<Issuer> issuers = List.of();
    private @Nullable Function<CertificateSpec, List<Issuer>> issuersOf;
    private List<ChallengeSolver> solvers = List.of();
    private @Nullable Keyring keyring;
    private @Nullable Duration leaseTime;
    private @Nullable Duration gracePeriod;
    private Role role = Role.AUTO;
    private NamePolicy namePolicy = NamePolicy.values()[0];
    private List<Consumer<AutoTlsEvent>> listeners = List.of();

    private Builder() {}

    public Builder storage(Storage storage) {
      this.storage = storage;
      return this;
    }

    public Builder time(TimeSource time) {
      this.time = time;
      return this;
    }

    /** Sets where steps run, and where listeners are called. */
    public Builder executors(Executor steps, Executor listeners) {
      this.executor = steps;
      this.listenerExecutor = listeners;
      return this;
    }

    public Builder random(SecureRandom random) {
      this.random = random;
      return this;
    }

    /**
     * Sets who issues.
     *
     * @param all for their workers
     * @param of who may issue a certificate, in the order in which they are tried
     */
    public Builder issuers(List<Issuer> all, Function<CertificateSpec, List<Issuer>> of) {
      this.issuers = all;
      this.issuersOf = of;
      return this;
    }

    /** Sets who answers challenges, in the order in which they are tried. */
    public Builder solvers(List<ChallengeSolver> solvers) {
      this.solvers = solvers;
      return this;
    }

    public Builder keyring(Keyring keyring) {
      this.keyring = keyring;
      return this;
    }

    /** Sets how long an abandoned lease blocks others. */
    public Builder leaseTime(Duration leaseTime) {
      this.leaseTime = leaseTime;
      return this;
    }

    /** Sets how long a certificate is served that is not wanted any more. */
    public Builder gracePeriod(Duration gracePeriod) {
      this.gracePeriod = gracePeriod;
      return this;
    }

    /** Sets what this node does. {@link Role#AUTO} unless set. */
    public Builder role(Role role) {
      this.role = role;
      return this;
    }

    /** Sets what becomes of a certificate some of whose names keep failing. */
    public Builder namePolicy(NamePolicy namePolicy) {
      this.namePolicy = namePolicy;
      return this;
    }

    /** Sets who hears of every event. Nobody unless set. */
    public Builder listeners(List<Consumer<AutoTlsEvent>> listeners) {
      this.listeners = listeners;
      return this;
    }

    public EngineConfig build() {
      return new EngineConfig(this);
    }
  }
}
