package io.autotls.acme;

import java.net.ProxySelector;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import okhttp3.Headers;
import okhttp3.OkHttp;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Talks to one ACME certificate authority (RFC 8555).
 *
 * <pre>{@code
 * try (AcmeClient acme = AcmeClient.builder(directoryUrl).build()) {
 *   AcmeAccount account = acme.register(AcmeKeys.generate(), NewAccount.builder()
 *       .email("ops@example.com").termsOfServiceAgreed().build());
 *   Order order = account.newOrder(OrderRequest.of(Identifier.dns("example.com")));
 *   // for each authorization: put the answer in place, trigger, look until it is valid;
 *   // then look at the order until it is ready:
 *   order = account.finalizeOrder(order, Csr.of(certificateKey, order.identifiers()));
 *   // look at the order until it is valid:
 *   CertificateChain chain = account.certificate(order);
 * }
 * }</pre>
 *
 * <p>Every method blocks until the CA has answered or the deadline has passed. A method may take
 * more than one exchange (for the directory, for a nonce, again after a refused nonce, or after an
 * answer of 5xx), each within the deadline of its own. {@link #close()} ends all that waits, at
 * once; an interrupt does so over HTTP/2, while HTTP/1.1 may go on until its deadline.
 *
 * <p>Connections are HTTPS with a verified certificate, always. Up to three redirects are followed,
 * over https: for the directory to any host, for nonces and renewal information within the same
 * origin, for signed requests never. Answers of more than 1 MiB are refused.
 *
 * <p>Safe for use by many threads. Keep one for as long as it is needed: it holds the connections,
 * the nonces and the directory.
 */
public final class AcmeClient implements AutoCloseable {
  private static final int MAX_THREADS = 32;

  private final URI directoryUrl;
  private final HttpChannel http;
  private final InstantSource clock;
  private final ServerClock serverClock;
  private final Waiter waiter;
  private final BackOff backOff;
  private final Repeats repeats;
  private final Pace paceOfValidation = new Pace();
  private final Pace paceOfIssuance = new Pace();
  private final Fanout fanout;
  private final @Nullable ExecutorService ownThreads; // null if the application handed in others
  private final DirectoryCache directory;
  private final SignedRequests requests;

  private AcmeClient(Builder builder) {
    this.directoryUrl = builder.directory;
    Builder settings = new Builder(builder);
    this.serverClock = new ServerClock(builder.clockObserver);
    this.http =
        new HttpChannel(settings::httpClient, settings.headers(), builder.clock, serverClock);
    this.clock = builder.clock;
    this.waiter = builder.waiter;
    this.backOff = new BackOff(builder.random);
    this.repeats = new Repeats(backOff, builder.repeats == RepeatsOf.REQUESTS ? waiter : null);
    this.directory = new DirectoryCache(directoryUrl, http, repeats, clock);
    this.requests =
        new SignedRequests(
            http, directory, repeats, new NoncePool(clock, builder.patienceForNonces), clock);
    if (builder.executor == null) {
      this.ownThreads = threads();
      this.fanout = new Fanout(ownThreads);
    } else {
      this.ownThreads = null;
      this.fanout = new Fanout(builder.executor);
    }
  }

  /**
   * Begins with the defaults.
   *
   * @param directory the CA's directory, used as it is, with its query if it has one
   * @throws IllegalArgumentException if it is not an https URL
   */
  public static Builder builder(URI directory) {
    if (!Urls.isHttps(directory)) {
      throw new IllegalArgumentException(
          "the directory of a CA is an https URL, not " + Urls.withoutQuery(directory));
    }
    return new Builder(directory);
  }

  /** The CA's directory; accounts belong to it. */
  public URI directoryUrl() {
    return directoryUrl;
  }

  /**
   * What the CA offers. Asked for when it is first needed, kept for an hour, and asked for again
   * after an answer that hints at a change.
   */
  public Directory directory() throws AcmeException {
    return directory.get();
  }

  /**
   * An account that is known to exist. Asks nothing.
   *
   * @param key the account's key: EC or RSA
   * @param accountUrl the account's URL, from this CA
   * @throws IllegalArgumentException if the key is of a kind that CAs do not accept, or the URL is
   *     not https
   */
  public AcmeAccount account(KeyPair key, URI accountUrl) {
    if (!Urls.isHttps(accountUrl)) {
      throw new IllegalArgumentException("the URL of an account is an https URL");
    }
    return new AcmeAccount(this, AccountKey.of(key), accountUrl);
  }

  /**
   * Registers an account, or finds the one that the key has already (RFC 8555 §7.3); then the CA
   * ignores the request's contents. Keep the key before calling this, and key and URL afterwards.
   *
   * @throws AcmeProblemException among others if the terms have to be agreed to ({@link
   *     ProblemType#USER_ACTION_REQUIRED}), an external account is needed ({@link
   *     ProblemType#EXTERNAL_ACCOUNT_REQUIRED}), or the key's account has been closed ({@link
   *     ProblemType#UNAUTHORIZED})
   */
  public AcmeAccount register(KeyPair key, NewAccount request) throws AcmeException {
    AccountKey accountKey = AccountKey.of(key);
    URI newAccount = directory.get().newAccountUrl();
    Map<String, Object> payload = request.toJson(newAccount, accountKey);
    Reply reply = requests.postWithJwk(newAccount, accountKey, payload);
    return account(accountKey, reply);
  }

  /** Some CAs refuse to find an account that is closed, others show that it is. */
  private AcmeAccount account(AccountKey key, Reply reply) throws AcmeException {
    URI url = reply.requiredLocation();
    AccountStatus status = AccountInfo.statusOf(reply);
    if (status == AccountStatus.DEACTIVATED || status == AccountStatus.REVOKED) {
      throw Refusals.ofClosedAccount(reply, status);
    }
    return new AcmeAccount(this, key, url);
  }

  /**
   * The account that the key has with this CA (RFC 8555 §7.3.1). Empty if it has none.
   *
   * @throws AcmeProblemException {@link ProblemType#UNAUTHORIZED} if it has been closed: the key is
   *     good for nothing any more at this CA
   */
  public Optional<AcmeAccount> findAccount(KeyPair key) throws AcmeException {
    AccountKey accountKey = AccountKey.of(key);
    URI newAccount = directory.get().newAccountUrl();
    try {
      Reply reply =
          requests.postWithJwk(newAccount, accountKey, Map.of("onlyReturnExisting", true));
      return Optional.of(account(accountKey, reply));
    } catch (AcmeProblemException e) {
      if (e.type() == ProblemType.ACCOUNT_DOES_NOT_EXIST) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * When the CA would like the certificate to be renewed (RFC 9773). Needs no account. Empty if the
   * CA does not offer this, or the certificate has no authority key identifier.
   *
   * @throws AcmeProblemException if the CA does not know the certificate (any more)
   */
  public Optional<RenewalInfo> renewalInfo(X509Certificate certificate) throws AcmeException {
    Optional<String> id = RenewalInfo.certificateId(certificate);
    if (id.isEmpty() || !directory.get().offersRenewalInfo()) {
      return Optional.empty();
    }
    String base = directory.get().renewalInfoUrl().toString();
    URI url = URI.create(base + (base.endsWith("/") ? "" : "/") + id.get());
    Reply reply = repeats.of(url, () -> http.get(url).orRefusal());
    return Optional.of(RenewalInfo.read(reply, certificate));
  }

  /**
   * Revokes a certificate by its own key (RFC 8555 §7.6), for those who found the key and have no
   * account. CAs take this as a proof that the key is compromised.
   */
  public void revoke(
      KeyPair certificateKey, X509Certificate certificate, AcmeRevocationReason reason)
      throws AcmeException {
    Revocation.asSuccessIfRevoked(
        () ->
            requests.postWithJwk(
                directory.get().revokeCertUrl(),
                AccountKey.of(certificateKey),
                Revocation.payload(certificate, reason)));
  }

  /** Cancels what is under way and frees the connections. The client cannot be used afterwards. */
  @Override
  public void close() {
    http.close();
    if (ownThreads != null) {
      ownThreads.shutdownNow();
    }
  }

  SignedRequests requests() {
    return requests;
  }

  void forgetConnections() {
    http.forgetConnections();
  }

  Fanout fanout() {
    return fanout;
  }

  Pace paceOfValidation() {
    return paceOfValidation;
  }

  Pace paceOfIssuance() {
    return paceOfIssuance;
  }

  BackOff backOff() {
    return backOff;
  }

  Waiter waiter() {
    return waiter;
  }

  /** The present by the CA's clock; empty if it has not said. */
  Optional<Instant> serverNow() {
    return serverClock.now(clock.instant());
  }

  /** Made when they are needed, gone when they are not. */
  private static ExecutorService threads() {
    AtomicInteger count = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        MAX_THREADS,
        30,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, "autotls-acme-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /** The directory. */
  @Override
  public String toString() {
    return "AcmeClient[" + Urls.withoutQuery(directoryUrl) + "]";
  }

  private enum RepeatsOf {
    REQUESTS,
    NOTHING
  }

  /** Collects how to talk to the CA. */
  public static final class Builder {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    private final URI directory;
    private List<X509Certificate> trustedRoots = List.of();
    private InstantSource clock = InstantSource.system();
    private ClockObserver clockObserver = ahead -> {};
    private @Nullable String product;
    private Locale language = Locale.ENGLISH;
    private Duration connectTimeout = CONNECT_TIMEOUT;
    private Duration callTimeout = CALL_TIMEOUT;
    private @Nullable ProxySelector proxySelector;
    private Map<String, String> environment = System.getenv();
    private Waiter waiter = Waiter.system();
    private RepeatsOf repeats = RepeatsOf.REQUESTS;
    private RandomGenerator random = new Random();
    private Duration patienceForNonces = NoncePool.WORTH_WAITING;
    private @Nullable Executor executor; // null: threads of its own

    private Builder(URI directory) {
      this.directory = directory;
    }

    private Builder(Builder other) {
      this.directory = other.directory;
      this.trustedRoots = other.trustedRoots;
      this.clock = other.clock;
      this.clockObserver = other.clockObserver;
      this.product = other.product;
      this.language = other.language;
      this.connectTimeout = other.connectTimeout;
      this.callTimeout = other.callTimeout;
      this.proxySelector = other.proxySelector;
      this.environment = other.environment;
    }

    /**
     * Roots to trust for the CA's own HTTPS, besides the JVM's, for private CAs and tests. They
     * have nothing to do with the certificates that the CA issues. None unless called.
     */
    public Builder trustedRoots(Collection<X509Certificate> roots) {
      this.trustedRoots = List.copyOf(roots);
      return this;
    }

    /** The wall clock. The system's unless called. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /** Who hears how the CA's clock compares with {@link #clock}. Nobody unless called. */
    public Builder clockObserver(ClockObserver observer) {
      this.clockObserver = observer;
      return this;
    }

    /**
     * The application, for the {@code User-Agent} header, before AutoTls and its HTTP library: for
     * example {@code Shop/3.1}. Not named unless called.
     *
     * @throws IllegalArgumentException if it has other characters than printable ASCII
     */
    public Builder userAgent(String product) {
      if (!product.matches("[!-~]([ -~]{0,198}[!-~])?")) {
        throw new IllegalArgumentException("a user agent is 1 to 200 printable ASCII characters");
      }
      this.product = product;
      return this;
    }

    /** The language that problems should be explained in. English unless called. */
    public Builder acceptLanguage(Locale language) {
      this.language = language;
      return this;
    }

    /**
     * How long a connection may take to be made. 10 seconds unless called.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive(timeout);
      return this;
    }

    /**
     * How long one exchange may take from the name lookup to the last byte. 30 seconds unless
     * called.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = positive(timeout);
      return this;
    }

    /**
     * The proxies to use. Unless called those that the JVM was told ({@code -Dhttps.proxyHost},
     * {@code -Dhttp.nonProxyHosts}, {@code java.net.useSystemProxies}), and where it was told none
     * that of the environment variable {@code HTTPS_PROXY} or {@code ALL_PROXY}, but for the names
     * and addresses in {@code NO_PROXY}. User and password for a proxy come from the variable, or
     * from {@link java.net.Authenticator#setDefault}.
     */
    public Builder proxySelector(ProxySelector selector) {
      this.proxySelector = selector;
      return this;
    }

    /** The variables of the process. The system's unless called. */
    Builder environment(Map<String, String> variables) {
      this.environment = Map.copyOf(variables);
      return this;
    }

    /** How to wait. In real time unless called. */
    public Builder waiter(Waiter waiter) {
      this.waiter = waiter;
      return this;
    }

    /**
     * Reports each failure at once, so that no call ever waits. Unless called, a request that the
     * CA could not answer (5xx, connection lost) is repeated up to three times, after moments that
     * are random and grow, or after what the CA asks for if that is a minute or less.
     */
    public Builder withoutRepeats() {
      this.repeats = RepeatsOf.NOTHING;
      return this;
    }

    /** How long a request waits for the nonce of another answer before it asks for one. */
    Builder patienceForNonces(Duration patience) {
      this.patienceForNonces = patience;
      return this;
    }

    /** Where the randomness of pauses comes from; safe for use by many threads. */
    public Builder random(RandomGenerator random) {
      this.random = random;
      return this;
    }

    /**
     * Threads for the requests that are made together, such as those for all authorizations of an
     * order. The thread that calls works along with them, so they may be few, busy or gone. Up to
     * 32 daemon threads of its own, which end when they are idle, unless called.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** The client. Asks nothing yet. */
    public AcmeClient build() {
      return new AcmeClient(this);
    }

    private OkHttpClient.Builder httpClient() {
      X509ExtendedTrustManager trust = CombinedTrust.of(trustedRoots);
      OkHttpClient.Builder client =
          new OkHttpClient.Builder()
              .connectTimeout(connectTimeout)
              .readTimeout(callTimeout)
              .writeTimeout(callTimeout)
              .callTimeout(callTimeout);
      try {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, null);
        client.sslSocketFactory(context.getSocketFactory(), trust);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java runtime has no TLS", e);
      }
      Proxies proxies =
          proxySelector == null
              ? Proxies.of(ProxySelector.getDefault(), environment)
              : Proxies.of(proxySelector, Map.of());
      return client.proxySelector(proxies).proxyAuthenticator(proxies);
    }

    private Headers headers() {
      String agent = "AutoTls/" + version() + " okhttp/" + OkHttp.VERSION;
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("User-Agent", product == null ? agent : product + " " + agent);
      headers.put("Accept-Language", language.toLanguageTag());
      headers.put("Cache-Control", "no-cache"); // a nonce from a proxy's cache is a used one
      return Headers.of(headers);
    }

    private static String version() {
      Package own = AcmeClient.class.getPackage();
      String version = own.getImplementationVersion();
      return version == null ? "dev" : version;
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("a timeout must be positive: " + timeout);
      }
      return timeout;
    }
  }
}
