package io.autotls;

import io.autotls.internal.config.OwnSettings;
import io.autotls.internal.engine.CertificateView;
import io.autotls.internal.engine.Engine;
import io.autotls.internal.time.TimeAndThreads;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuer;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.Setting;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Keyring;
import io.autotls.tls.KeyringView;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Automatic HTTPS for this application: obtains certificates from an ACME certificate authority,
 * serves them, and renews them, in the application's own process.
 *
 * <pre>{@code
 * AutoTls tls = AutoTls.enable();           // autotls.properties, AUTOTLS_* or -Dautotls.*
 * JettyAutoTls.install(server, tls);        // :80 and :443
 * server.start();
 * }</pre>
 *
 * <p>{@link #enable()} returns at once. Until the first certificate is there visitors get a
 * self-signed placeholder, or the certificate that is stored, even if it has expired: the
 * application starts whatever the CA does. {@link #ready()} is for those who want to wait, {@link
 * #status} for those who want to know.
 *
 * <p>Only plain misconfiguration is an error here, a {@link ConfigurationException}: no domains,
 * terms of service that nobody agreed to, a name that is none. Everything that may mend itself,
 * such as a CA that cannot be reached, is reported as an {@link AutoTlsEvent} and in the status,
 * and tried again.
 *
 * <p>Safe for use by many threads. Two instances in one JVM know nothing of each other.
 */
public final class AutoTls implements AutoCloseable {
  private final KeyringView keyring;
  private final SSLContext sslContext;
  private final Engine engine;
  private final Storage storage;
  private final List<Issuer> issuers;
  private final List<ChallengeSolver> solvers;
  private final TimeAndThreads threads;
  private final int httpPort;
  private final int httpsPort;
  private final OptionalInt publicHttpsPort;
  private final Consumer<CertificateSpec> checks;

  AutoTls(Assembly assembly) {
    this.keyring = assembly.keyring().view();
    this.sslContext = assembly.sslContext();
    this.engine = assembly.engine();
    this.storage = assembly.storage();
    this.issuers = assembly.issuers();
    this.solvers = assembly.solvers();
    this.threads = assembly.threads();
    this.httpPort = assembly.httpPort();
    this.httpsPort = assembly.httpsPort();
    this.publicHttpsPort = assembly.publicHttpsPort();
    this.checks = assembly::check;
  }

  /**
   * Begins with what the configuration says: system properties {@code autotls.*}, environment
   * variables {@code AUTOTLS_*}, and the file {@code autotls.properties} in the working directory
   * or on the class path, in this order.
   *
   * @throws ConfigurationException if the configuration makes no sense; the message says what to
   *     set
   */
  public static AutoTls enable() {
    return builder().enable();
  }

  /** A builder; what is set there goes before every other configuration. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Completes when every certificate is there and valid; exceptionally if this is closed before. It
   * never fails because a CA does: that is tried again. It completes once: it does not wait for
   * what is {@linkplain #add added} afterwards, of which {@link AutoTlsEvent.Issued} tells.
   */
  public CompletableFuture<Void> ready() {
    return engine.ready();
  }

  /**
   * What happens with the certificate of a name: what is served, what happens next and when, what
   * went wrong last. If there are several, with different kinds of key, of the first one.
   *
   * @param name a name that was asked for, in any form, {@code *.} included
   * @return empty if no certificate was asked for that name
   */
  public Optional<CertificateStatus> status(String name) {
    return engine.views(normalized(name)).stream().map(this::status).findFirst();
  }

  /** The status of every certificate, in the order in which they were asked for. */
  public List<CertificateStatus> statuses() {
    return engine.views().stream().map(this::status).toList();
  }

  private CertificateStatus status(CertificateView view) {
    return new CertificateStatus(view, threads.time().instant());
  }

  /**
   * The whole story of a name, in lines for people: what is served, what happens next, when and
   * why, what the CA said last, who works on it, and what it waits for. Reads the storage, so it
   * may take a moment; never throws because of it.
   */
  public String explain(String name) {
    List<String> stories = engine.explain(normalized(name));
    return stories.isEmpty()
        ? "No certificate was asked for " + name + ".\n"
        : String.join("\n", stories);
  }

  /**
   * Wants another certificate from now on. One that is wanted already is no error; one that was
   * removed a moment ago comes back. Returns soon: {@link #status} says what becomes of it.
   *
   * @throws ConfigurationException if nothing could ever prove control of one of the names
   */
  public void add(CertificateSpec spec) {
    checks.accept(spec);
    engine.add(spec);
  }

  /**
   * Wants a certificate no longer: it is not renewed any more, and served until the {@linkplain
   * Builder#gracePeriod grace period} is over. Its record stays in the storage until well after its
   * end, in case it is wanted again, or by another node.
   *
   * @return false if it was not wanted
   */
  public boolean remove(CertificateSpec spec) {
    return engine.remove(spec);
  }

  /**
   * Renews the certificates of a name now, whatever was planned, and even if its CA was to be left
   * alone: for a key that got into wrong hands, or after a person mended what was wrong. Returns at
   * once. On a follower it does nothing: another node renews.
   *
   * @throws IllegalArgumentException if no certificate was asked for that name
   */
  public void renewNow(String name) {
    if (engine.renewNow(normalized(name)) == 0) {
      throw new IllegalArgumentException("no certificate was asked for " + name);
    }
  }

  /**
   * Has the certificates of a name revoked, for a key that got into wrong hands, or for names that
   * go elsewhere. Visitors never see a revoked certificate: another one with another key is
   * obtained first, even if {@linkplain CertificateSpec.Builder#reuseKey the key was to stay}, and
   * only then the old one is revoked (RFC 8555 §7.6).
   *
   * <p>The wish is in the storage when this returns, and is carried out by any node, also after a
   * crash: an {@link AutoTlsEvent.Revoked} tells that it is done, {@link #explain} that it is not
   * yet. Not every CA takes every reason; all public ones take {@code UNSPECIFIED}, {@code
   * KEY_COMPROMISE}, {@code SUPERSEDED} and {@code CESSATION_OF_OPERATION}.
   *
   * <p>A certificate that is {@linkplain #remove removed} before that is revoked nevertheless: when
   * its grace period is over, and no node has wanted another one in its place for two days, as long
   * as some process looked on.
   *
   * @throws IllegalArgumentException if no certificate was asked for that name
   * @throws IllegalStateException if there is no certificate yet, or this node is a follower
   * @throws UnsupportedOperationException if the issuer cannot revoke, as the local CA; {@link
   *     #renewNow} gets another key
   * @throws IOException if the storage failed; then the wish may or may not have been stored
   */
  public void revoke(String name, RevocationReason reason) throws IOException {
    if (engine.revoke(normalized(name), Objects.requireNonNull(reason, "reason")) == 0) {
      throw new IllegalArgumentException("no certificate was asked for " + name);
    }
  }

  private static String normalized(String name) {
    return CertificateSpec.of(name).names().get(0);
  }

  /**
   * A context that always serves the present certificates, for any Java server. Certificates change
   * behind it; it need never be reloaded.
   *
   * <p>The server has to answer HTTP-01 challenges or leave port 80 to {@code autotls-solver-http};
   * TLS-ALPN-01 needs an adapter.
   */
  public SSLContext sslContext() {
    return sslContext;
  }

  /** What handshakes read. For adapters of servers, which make a context of it. */
  public KeyringView keyring() {
    return keyring;
  }

  /** The solver of that class, if this instance uses one. For adapters of servers. */
  public <T extends ChallengeSolver> Optional<T> solver(Class<T> type) {
    return solvers.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  /** The port on which adapters serve HTTP: {@code autotls.http.port}, 80 unless set. */
  public int httpPort() {
    return httpPort;
  }

  /** The port on which adapters serve HTTPS: {@code autotls.https.port}, 443 unless set. */
  public int httpsPort() {
    return httpsPort;
  }

  /**
   * The port on which visitors reach HTTPS, if that is not the one that adapters serve it on:
   * {@code autotls.https.public-port}. Empty unless set.
   */
  public OptionalInt publicHttpsPort() {
    return publicHttpsPort;
  }

  /**
   * Stops the work and loses nothing: what was begun is stored, and goes on at the next start.
   * Waits up to 5 seconds for a step that is under way, and half a second for listeners. May be
   * called from a listener, too. The certificates in the keyring stay, so that a server that closes
   * later serves to the end.
   */
  @Override
  public void close() {
    engine.close();
    threads.close(); // lets a step that runs end, and give back its lease
    solvers.forEach(ChallengeSolver::close);
    issuers.forEach(Issuer::close);
    storage.close();
  }

  /**
   * Says what is wanted. Everything has a default but the domains and, for CAs that have some, the
   * agreement to the terms of service; everything may come from the configuration instead. Not safe
   * for use by many threads.
   */
  public static final class Builder {
    final List<Function<CertificateSpec.Builder, List<CertificateSpec>>> specs =
        new ArrayList<>(); // each made of what holds for all of them
    final List<Issuer> issuers = new ArrayList<>();
    final List<ChallengeSolver> solvers = new ArrayList<>();
    final List<Consumer<AutoTlsEvent>> listeners = new ArrayList<>();
    final Map<Setting<?>, String> inCode = new HashMap<>(); // before all that is configured
    @Nullable Storage storage; // null: from the configuration
    @Nullable Path configuration;
    @Nullable TimeSource time; // null: the real one
    @Nullable Executor executor; // null: our own
    @Nullable Keyring keyring; // null: a new one
    @Nullable SecureRandom random;

    private Builder() {}

    /**
     * Asks for one certificate for these names. May be called again, for another certificate. Its
     * kind of key is that of {@link #keyType}, its profile that of {@code autotls.profile}.
     *
     * <p>More names than fit into one certificate are parted into several, always in the same way:
     * see {@link CertificateSpec.Builder#buildAll}.
     *
     * @throws IllegalArgumentException if a name is malformed; the message says which and why
     */
    public Builder domains(String... names) {
      List<String> all = List.of(names);
      CertificateSpec.builder().names(all).buildAll(); // says at once what is wrong with them
      specs.add(common -> common.names(all).buildAll());
      return this;
    }

    /**
     * Asks for a certificate. May be called again, for another one. The specification says all of
     * it, its {@linkplain CertificateSpec.Builder#keyType kind of key} too.
     */
    public Builder certificate(CertificateSpec spec) {
      List<CertificateSpec> one = List.of(spec);
      specs.add(common -> one);
      return this;
    }

    /** Asks for several certificates, such as {@link CertificateSpec.Builder#buildAll} makes. */
    public Builder certificates(Collection<CertificateSpec> all) {
      all.forEach(this::certificate);
      return this;
    }

    /**
     * Sets the kind of key for all certificates that are asked for by {@link #domains} or by the
     * configuration, whether this is called before or after it. {@link KeyType#EC_P256} unless set,
     * here or as {@code autotls.key-type}; the last call counts.
     */
    public Builder keyType(KeyType keyType) {
      return keyTypes(keyType);
    }

    /**
     * Sets several kinds of key, as {@link #keyType} does: a certificate with each, side by side,
     * so that old clients get RSA and all others ECDSA.
     */
    public Builder keyTypes(KeyType first, KeyType... more) {
      List<KeyType> all = new ArrayList<>();
      all.add(Objects.requireNonNull(first, "keyType"));
      all.addAll(Arrays.asList(more));
      String names = all.stream().map(KeyType::configName).collect(Collectors.joining(","));
      return say(OwnSettings.KEY_TYPE, names);
    }

    /** Sets what this node does in a cluster. {@link Role#AUTO} unless set. */
    public Builder role(Role role) {
      return say(OwnSettings.ROLE, role.configName());
    }

    /**
     * Sets how long a certificate is served after {@link AutoTls#remove}. 7 days unless set, here
     * or as {@code autotls.grace-period} ({@code P7D}).
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder gracePeriod(Duration gracePeriod) {
      if (gracePeriod.isNegative()) {
        throw new IllegalArgumentException("a grace period is not negative: " + gracePeriod);
      }
      return say(OwnSettings.GRACE_PERIOD, gracePeriod.toString());
    }

    /**
     * Asks for all names of a certificate in one, or for none. Unless this is called, or {@code
     * autotls.require-all-names=true}, the other names get a certificate of their own when one of
     * them has failed three times in a row and no certificate of theirs lasts: one domain that
     * moved away must not take the others down with it. The whole certificate is still tried, each
     * day at least, and takes their place by itself; {@link AutoTlsEvent.NamesLeftOut} tells of it.
     */
    public Builder requireAllNames() {
      return say(OwnSettings.REQUIRE_ALL_NAMES, "true");
    }

    /**
     * Sets whose certificate visitors get who name no host, or one that is not known: those of this
     * name, which one of the wanted certificates has to cover. The first name of the first
     * certificate unless set, here or as {@code autotls.default-name}.
     *
     * <p>Who names no host but came to an address that has a certificate gets that one all the
     * same.
     *
     * @throws IllegalArgumentException if it is no name
     */
    public Builder defaultName(String name) {
      return say(OwnSettings.DEFAULT_NAME, normalized(name));
    }

    /** Sets the contact address that the CA may write to. None unless set. */
    public Builder email(String email) {
      return say(OwnSettings.EMAIL, Objects.requireNonNull(email, "email"));
    }

    /**
     * Agrees to the terms of service of the CAs that are used. Nothing agrees silently: without
     * this, or {@code autotls.agree-tos=true}, a CA that has terms is not used.
     */
    public Builder agreeToTermsOfService() {
      return say(OwnSettings.AGREE_TOS, "true");
    }

    /**
     * Adds an issuer. They are tried in order: the next one when one keeps failing. Let's Encrypt
     * unless set.
     */
    public Builder issuer(Issuer issuer) {
      issuers.add(Objects.requireNonNull(issuer, "issuer"));
      return this;
    }

    /**
     * Sets where everything is kept. The folder {@code autotls} in the working directory unless
     * set. It is closed with this instance.
     */
    public Builder storage(Storage storage) {
      this.storage = Objects.requireNonNull(storage, "storage");
      return this;
    }

    /** Adds a solver. All that are on the class path unless one is added. */
    public Builder solver(ChallengeSolver solver) {
      solvers.add(Objects.requireNonNull(solver, "solver"));
      return this;
    }

    /**
     * Adds a listener. It hears of every event, one at a time and in order, on a thread of its own.
     * What it throws is logged and harms nobody; while it blocks, up to 1,000 events wait for it,
     * and it misses what comes then.
     */
    public Builder listener(Consumer<AutoTlsEvent> listener) {
      listeners.add(Objects.requireNonNull(listener, "listener"));
      return this;
    }

    /** Sets the port on which adapters serve HTTP; 0 takes any. 80 unless set. */
    public Builder httpPort(int port) {
      return say(OwnSettings.HTTP_PORT, checkPort(port));
    }

    /** Sets the port on which adapters serve HTTPS; 0 takes any. 443 unless set. */
    public Builder httpsPort(int port) {
      return say(OwnSettings.HTTPS_PORT, checkPort(port));
    }

    /**
     * Sets the port to which visitors are sent by redirects. For servers whose ports are published
     * as others, by a container or a balancer: with {@code -p 443:8443} it is 443. The port on
     * which adapters serve HTTPS unless set.
     */
    public Builder publicHttpsPort(int port) {
      if (port == 0) {
        throw new IllegalArgumentException("visitors need a port that they know: " + port);
      }
      return say(OwnSettings.PUBLIC_HTTPS_PORT, checkPort(port));
    }

    private static String checkPort(int port) {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("not a port: " + port);
      }
      return Integer.toString(port);
    }

    private Builder say(Setting<?> setting, String text) {
      inCode.put(setting, text);
      return this;
    }

    /** Sets the file to read the configuration from, in place of {@code autotls.properties}. */
    public Builder configuration(Path file) {
      this.configuration = Objects.requireNonNull(file, "file");
      return this;
    }

    /**
     * Sets the keyring to serve from. One of its own unless set; for applications that serve
     * certificates of other origin beside those of AutoTls, which they install there themselves.
     */
    public Builder keyring(Keyring keyring) {
      this.keyring = Objects.requireNonNull(keyring, "keyring");
      return this;
    }

    /**
     * Sets where the work is done. It stays the application's: it is never closed here, and should
     * be closed after AutoTls. It must not run tasks on the thread that hands them in.
     *
     * <p>Unless set, each task has a virtual thread of its own from Java 24 on, and a pool of
     * daemon threads that is large enough before that. AutoTls bounds by itself how much it does at
     * once, to about 20 tasks and 8 for each issuer, so that an executor without a bound does no
     * harm; in one with fewer threads the rest waits. Where none is free for 10 seconds a lease may
     * run out, which costs time and loses nothing.
     *
     * <p>From Java 21 to 23 a virtual thread that waits in {@code synchronized} code keeps its
     * carrier thread (JEP 491), and the drivers of stores have such code: where too many wait, all
     * virtual threads of the application do. So there the pool stays the default, and {@code
     * Executors.newVirtualThreadPerTaskExecutor()} is the application's own choice.
     *
     * <p>Listeners are called on threads of their own.
     */
    public Builder executor(Executor executor) {
      this.executor = Objects.requireNonNull(executor, "executor");
      return this;
    }

    /**
     * Sets the time: the real one unless set; for tests that let it pass as they like. Their {@link
     * #executor} has to follow it then, calls the listeners too, and does what the storage takes
     * part in without a deadline. It stays the application's.
     */
    public Builder time(TimeSource time) {
      this.time = Objects.requireNonNull(time, "time");
      return this;
    }

    /** Sets where keys and jitter come from. A new {@link SecureRandom} unless set. */
    public Builder random(SecureRandom random) {
      this.random = Objects.requireNonNull(random, "random");
      return this;
    }

    /**
     * Begins, and returns at once.
     *
     * @throws ConfigurationException if something is missing or makes no sense; the message says
     *     what to set
     */
    public AutoTls enable() {
      if (time != null && executor == null) {
        throw new IllegalStateException(
            "a time of one's own needs an executor that follows it: call executor(…) too");
      }
      return Assembly.of(this).begin();
    }
  }
}
