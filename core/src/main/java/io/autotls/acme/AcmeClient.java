package io.autotls.acme;

import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * A client for one ACME CA (RFC 8555).
 *
 * <pre>{@code
 * try (AcmeClient client = AcmeClient.builder(URI.create("https://ca.example/directory")).build()) {
 *   AcmeAccount account =
 *       client.register(key, NewAccount.builder().termsOfServiceAgreed().build());
 *   Order order = account.newOrder(
 *       OrderRequest.builder().identifiers(List.of(Identifier.dns("example.com"))).build());
 *   …
 * }
 * }</pre>
 *
 * <p>Every call is one exchange with the CA, ends within a deadline (30 seconds unless set otherwise), and
 * never waits for an order to get on: the caller decides when to look again, by {@link
 * Order#retryAfter()}. A refused nonce is retried inside; all other failures are told by an {@link
 * AcmeException} whose class says how to react.
 *
 * <p>Safe for use by many threads. Nonces, connections and the directory are shared between all accounts.
 */
public final class AcmeClient implements AutoCloseable {
  private static final Duration DIRECTORY_LIFETIME = Duration.ofHours(12);

  private final Builder settings;
  private final URI directoryUrl;
  private @Nullable OkHttpClient http; // guarded by this; null until the first request, like the next
  private @Nullable Transport transport;
  private @Nullable Directory directory; // guarded by this; null until it was fetched
  private Instant directoryUntil = Instant.MIN; // guarded by this

  private AcmeClient(Builder builder) {
    this.settings = new Builder(builder);
    this.directoryUrl = builder.directory;
  }

  /**
   * A builder for a client of the CA with that directory.
   *
   * @throws IllegalArgumentException if it is not an https URL (§6.1)
   */
  public static Builder builder(URI directory) {
    return new Builder(directory);
  }

  /** The URL of the CA's directory. */
  public URI directoryUrl() {
    return directoryUrl;
  }

  /** The CA's directory; kept for 12 hours. */
  public Directory directory() throws AcmeException {
    synchronized (this) {
      if (directory != null && settings.clock.instant().isBefore(directoryUntil)) {
        return directory;
      }
    }
    Answer answer = transport().get(directoryUrl);
    try {
      Directory fetched = Directory.parse(answer.json());
      synchronized (this) {
        directory = fetched;
        directoryUntil = settings.clock.instant().plus(DIRECTORY_LIFETIME);
      }
      return fetched;
    } catch (MalformedAnswerException e) {
      throw answer.nonsense(e);
    }
  }

  /** Made at the first request: an application whose certificates are all there never needs it. */
  private synchronized Transport transport() {
    if (transport == null) {
      Trust trust = Trust.of(settings.trustedRoots);
      http =
          new OkHttpClient.Builder()
              .sslSocketFactory(trust.socketFactory(), trust.trustManager())
              .connectTimeout(settings.connectTimeout)
              .readTimeout(settings.callTimeout)
              .writeTimeout(settings.callTimeout)
              .callTimeout(settings.callTimeout)
              .followRedirects(false) // the signed url would not be the one that is asked (§6.4)
              .followSslRedirects(false)
              .retryOnConnectionFailure(false) // it would send the same nonce again
              .fastFallback(true)
              .eventListener(ConnectionWatch.LISTENER)
              .build();
      transport = new Transport(http, settings.clock, settings.userAgent);
    }
    return transport;
  }

  /** An account that is known already. Asks the CA for nothing. */
  public AcmeAccount account(KeyPair key, URI accountUrl) {
    return new AcmeAccount(this, key, accountUrl);
  }

  /**
   * Registers an account, or finds the one that has this key (§7.3, §7.3.1). Repeating it does no harm.
   */
  public AcmeAccount register(KeyPair key, NewAccount request) throws AcmeException {
    Directory place = directory();
    Map<String, Object> members = new LinkedHashMap<>();
    if (request.isTermsOfServiceAgreed()) {
      members.put("termsOfServiceAgreed", Boolean.TRUE);
    }
    if (!request.contacts().isEmpty()) {
      List<Object> contacts = new ArrayList<>();
      request.contacts().forEach(contact -> contacts.add(contact.toString()));
      members.put("contact", contacts);
    }
    ExternalAccountBinding binding = request.binding();
    if (binding != null) {
      members.put(
          "externalAccountBinding", Jws.bind(key.getPublic(), binding, place.newAccount()));
    }
    Answer answer =
        transport()
            .post(
                place,
                new Transport.Signer(key, null),
                place.newAccount(),
                Json.write(members),
                Transport.ANY);
    return new AcmeAccount(this, key, answer.location());
  }

  /** Posts as an account. */
  Answer post(KeyPair key, URI account, URI url, String payload, String accept)
      throws AcmeException {
    return transport()
        .post(directory(), new Transport.Signer(key, account), url, payload, accept);
  }

  /** Cancels what runs, and closes the connections. */
  @Override
  public synchronized void close() {
    if (http != null) {
      http.dispatcher().cancelAll();
      http.dispatcher().executorService().shutdown();
      http.connectionPool().evictAll();
    }
  }

  /** Describes the client; not safe for use by many threads. */
  public static final class Builder {
    private final URI directory;
    private List<X509Certificate> trustedRoots = List.of();
    private InstantSource clock = InstantSource.system();
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration callTimeout = Duration.ofSeconds(30);
    private String userAgent = "AutoTls/0.1 okhttp/5";

    private Builder(URI directory) {
      if (!Urls.isHttps(directory)) {
        throw new IllegalArgumentException(
            "the directory of a CA is an https URL (RFC 8555 §6.1), not " + directory);
      }
      this.directory = directory;
    }

    private Builder(Builder other) {
      this(other.directory);
      this.trustedRoots = other.trustedRoots;
      this.clock = other.clock;
      this.connectTimeout = other.connectTimeout;
      this.callTimeout = other.callTimeout;
      this.userAgent = other.userAgent;
    }

    /** Trusts these roots for the CA's own HTTPS, besides those of the JVM. None unless set. */
    public Builder trustedRoots(Collection<X509Certificate> roots) {
      this.trustedRoots = List.copyOf(roots);
      return this;
    }

    /** Sets the clock. The system's unless set. */
    public Builder clock(InstantSource clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /** Sets how long connecting may take. 10 seconds unless set. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive(timeout);
      return this;
    }

    /** Sets how long a request may take in all. 30 seconds unless set. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = positive(timeout);
      return this;
    }

    /** Puts the name and version of an application before our own in {@code User-Agent} (§6.1). */
    public Builder userAgent(String product) {
      if (!product.matches("[\\x20-\\x7e]{1,200}")) {
        throw new IllegalArgumentException("not a product for User-Agent: " + product);
      }
      this.userAgent = product + " AutoTls/0.1 okhttp/5";
      return this;
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("a timeout is positive: " + timeout);
      }
      return timeout;
    }

    /** Makes the client; connects to nothing yet. */
    public AcmeClient build() {
      return new AcmeClient(this);
    }
  }
}
