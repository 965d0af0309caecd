package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.AcmeService;
import io.autotls.testing.ca.internal.acme.FaultPlan;
import io.autotls.testing.ca.internal.acme.IssuedCertificate;
import io.autotls.testing.ca.internal.acme.Ledger;
import io.autotls.testing.ca.internal.acme.RequestLog;
import io.autotls.testing.ca.internal.acme.Settings;
import io.autotls.testing.ca.internal.acme.Settings.Feature;
import io.autotls.testing.ca.internal.acme.Urls;
import io.autotls.testing.ca.internal.acme.Work;
import io.autotls.testing.ca.internal.http.HttpsServer;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.pki.Tls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An ACME certificate authority in the process of the test (RFC 8555, 8737, 8738, 9773, and
 * profiles), with a DNS server beside it. No Docker, no network: it listens on 127.0.0.1.
 *
 * <pre>{@code
 * try (TestCa ca = TestCa.builder().httpPort(5002).start()) {
 *   client.directory(ca.directory()).trust(ca.httpsRoot()).obtain("www.example.com");
 *
 *   assertThat(ca.orders()).hasSize(1);
 * }
 * }</pre>
 *
 * <p>It refuses everything that a public CA would refuse: a nonce used twice, an {@code url} that
 * is not that of the request, a CSR with other names than the order. Challenges are validated over
 * real connections; every name resolves to 127.0.0.1 unless {@link #dns()} says otherwise. It
 * promises nothing that RFC 8555 does not promise: arrays are shuffled, responses to finalize have
 * no {@code Location}, paths are odd, and the directory has a member that nobody knows.
 *
 * <p>A test makes it misbehave with {@link #on}, and moves its time with {@link Builder#time}. All
 * methods are safe for use by many threads. What it records stays in memory until {@link #close()}.
 */
public final class TestCa implements AutoCloseable {
  private final Parts parts;

  /** What a running CA consists of. */
  record Parts(
      Settings settings,
      Ledger ledger,
      Urls urls,
      Pki pki,
      X509Certificate httpsRoot,
      TestDns dns,
      Work work,
      AcmeService service,
      FaultPlan faults,
      RequestLog log,
      HttpsServer server) {}

  TestCa(Parts parts) {
    this.parts = parts;
  }

  /** Starts a CA with all defaults. */
  public static TestCa start() {
    return builder().start();
  }

  /** Begins the configuration of a CA. */
  public static Builder builder() {
    return new Builder();
  }

  /** The URL of the directory, where clients begin. */
  public URI directory() {
    return URI.create(parts.urls().base() + "/directory");
  }

  /** The trust anchor for the HTTPS of the CA itself. It is not the root of what it issues. */
  public X509Certificate httpsRoot() {
    return parts.httpsRoot();
  }

  /** Writes {@link #httpsRoot()} in PEM, for clients that read a file. */
  public void writeHttpsRoot(Path file) throws IOException {
    write(file, httpsRoot());
  }

  /** A client context that trusts {@link #httpsRoot()} and nothing else: for talking to the CA. */
  public SSLContext httpsContext() {
    return trusting(List.of(httpsRoot()));
  }

  /** The default root of the certificates that the CA issues. */
  public X509Certificate root() {
    return roots().get(0);
  }

  /** All roots: the default one, then the alternate ones. */
  public List<X509Certificate> roots() {
    return parts.pki().roots();
  }

  /** Writes {@link #root()} in PEM. */
  public void writeRoot(Path file) throws IOException {
    write(file, root());
  }

  /** A client context that trusts {@link #roots()} and nothing else: for visiting a server. */
  public SSLContext sslContext() {
    return trusting(roots());
  }

  private static void write(Path file, X509Certificate certificate) throws IOException {
    try {
      Files.writeString(file, Tls.pem(certificate));
    } catch (GeneralSecurityException e) {
      throw new IOException("a certificate cannot be encoded", e);
    }
  }

  private static SSLContext trusting(List<X509Certificate> anchors) {
    try {
      return Tls.trusting(anchors);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this JVM cannot make an SSLContext", e);
    }
  }

  /** The DNS server that the CA asks unless {@link Builder#dnsServer} names another. */
  public TestDns dns() {
    return parts.dns();
  }

  /** Every order that was ever accepted, in order. */
  public List<OrderView> orders() {
    Ledger ledger = parts.ledger();
    Instant now = parts.settings().fixed().time().instant();
    return ledger.read(
        () ->
            ledger.orders().stream()
                .map(
                    order ->
                        new OrderView(
                            order,
                            URI.create(parts.urls().order(order)),
                            URI.create(parts.urls().account(order.account())),
                            now))
                .toList());
  }

  /** Every account that was registered and not forgotten, in order. */
  public List<AccountView> accounts() {
    Ledger ledger = parts.ledger();
    return ledger.read(
        () ->
            ledger.accounts().stream()
                .map(
                    account ->
                        new AccountView(
                            URI.create(parts.urls().account(account)),
                            account.contact(),
                            account.status(),
                            account.created(),
                            account.key().thumbprint()))
                .toList());
  }

  /** Every certificate that was issued, in order. */
  public List<X509Certificate> issued() {
    Ledger ledger = parts.ledger();
    return ledger.read(
        () -> ledger.certificates().stream().map(IssuedCertificate::certificate).toList());
  }

  /** Every request that arrived, in order. */
  public List<RecordedRequest> requests() {
    return parts.log().requests().stream().map(RecordedRequest::new).toList();
  }

  /** The requests for one endpoint. */
  public List<RecordedRequest> requests(Endpoint endpoint) {
    return requests().stream().filter(request -> request.endpoint() == endpoint).toList();
  }

  /**
   * Calls the listener for each request that gets a response, on the server's thread just before
   * the response is sent: a test waits for an event instead of polling. It must neither block nor
   * throw.
   */
  public void listen(Consumer<RecordedRequest> listener) {
    parts.log().listen(entry -> listener.accept(new RecordedRequest(entry)));
  }

  /** Begins to script a fault for requests to any of these endpoints. */
  public FaultScript on(Endpoint first, Endpoint... more) {
    Set<Endpoint> endpoints = new HashSet<>(List.of(more));
    endpoints.add(first);
    return new FaultScript(parts.faults(), endpoints, parts.service(), parts.work());
  }

  /** Begins to script a fault for requests to any endpoint at all. */
  public FaultScript onAny() {
    return on(Endpoint.UNKNOWN, Endpoint.values());
  }

  /** Ends all scripted faults. */
  public void heal() {
    parts.faults().clear();
  }

  /**
   * Refuses this share of all nonces with {@code badNonce} although they are good. Which ones
   * depends on {@link Builder#seed} only. None unless set.
   */
  public void rejectNonces(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be in [0, 1]: " + share);
    }
    parts.settings().rejectedNonces(share);
  }

  /** Makes all nonces invalid that clients hold. */
  public void forgetNonces() {
    parts.service().forgetNonces();
  }

  /** Forgets all accounts, as a CA that was set up anew. */
  public void forgetAccounts() {
    parts
        .ledger()
        .read(
            () -> {
              parts.ledger().forgetAccounts();
              return parts;
            });
  }

  /** Deactivates all accounts: their requests get 401 {@code unauthorized}. */
  public void deactivateAccounts() {
    parts
        .ledger()
        .read(
            () -> {
              parts.ledger().accounts().forEach(account -> account.deactivate());
              return parts;
            });
  }

  /** Sets how long certificates are valid that are issued from now on; 90 days unless set. */
  public void certificateLifetime(Duration lifetime) {
    parts.settings().certificateLifetime(Builder.positive("certificateLifetime", lifetime));
  }

  /** Sets where http-01 connects from now on. */
  public void httpPort(int port) {
    parts.settings().httpPort(Builder.checkPort(port));
  }

  /** Sets where tls-alpn-01, and redirects of http-01 to https, connect from now on. */
  public void tlsPort(int port) {
    parts.settings().tlsPort(Builder.checkPort(port));
  }

  /** Sends {@code Retry-After} in seconds on orders and authorizations that a client waits for. */
  public void retryAfter(Duration duration) {
    parts.settings().retryAfter(duration);
  }

  /** Sends no {@code Retry-After} on orders and authorizations. So it is unless set. */
  public void noRetryAfter() {
    parts.settings().retryAfter(null);
  }

  /** Sets {@code Retry-After} of renewalInfo; six hours unless set. */
  public void renewalInfoRetryAfter(Duration duration) {
    parts.settings().renewalInfoRetryAfter(duration);
  }

  /** Sets when challenges are validated; {@link Processing#IN_BACKGROUND} unless set. */
  public void validation(Processing processing) {
    parts.settings().validation(processing);
  }

  /** Sets when certificates are issued; {@link Processing#IN_BACKGROUND} unless set. */
  public void issuance(Processing processing) {
    parts.settings().issuance(processing);
  }

  /** Sets after what delay a validation in the background begins; none unless set. */
  public void validationDelay(Duration delay) {
    parts.settings().validationDelay(delay);
  }

  /** Sets after what delay a certificate is issued in the background; none unless set. */
  public void issuanceDelay(Duration delay) {
    parts.settings().issuanceDelay(delay);
  }

  /** Refuses orders for this name, or its wildcard, with {@code rejectedIdentifier}. */
  public void refuseIdentifier(String name) {
    parts.settings().refuse(name);
  }

  /** Ends {@link #refuseIdentifier}. */
  public void acceptIdentifier(String name) {
    parts.settings().accept(name);
  }

  /** Revokes a certificate: its renewal window (RFC 9773 §4.2) is in the past from now on. */
  public void revoke(X509Certificate certificate) {
    change(certificate, issued -> issued.revoke(parts.settings().fixed().time().instant()));
  }

  /** Whether a certificate was revoked, by a client or by {@link #revoke}. */
  public boolean isRevoked(X509Certificate certificate) {
    return parts.ledger().read(() -> find(certificate).isRevoked());
  }

  /** Sets the renewal window of a certificate; even one that ends before it starts. */
  public void renewalWindow(X509Certificate certificate, Instant start, Instant end) {
    change(certificate, issued -> issued.renewalWindow(start, end, null));
  }

  /** Sets the renewal window of a certificate, and where the reason is explained. */
  public void renewalWindow(
      X509Certificate certificate, Instant start, Instant end, URI explanation) {
    change(certificate, issued -> issued.renewalWindow(start, end, explanation.toString()));
  }

  private void change(X509Certificate certificate, Consumer<IssuedCertificate> change) {
    parts
        .ledger()
        .read(
            () -> {
              IssuedCertificate issued = find(certificate);
              change.accept(issued);
              return issued;
            });
  }

  private IssuedCertificate find(X509Certificate certificate) {
    Optional<IssuedCertificate> issued = parts.ledger().issued(certificate);
    return issued.orElseThrow(
        () ->
            new IllegalArgumentException(
                "not issued by this CA: serial " + certificate.getSerialNumber()));
  }

  /** Ends everything: connections are closed, no thread stays. */
  @Override
  public void close() {
    parts.server().close();
    parts.work().close();
    parts.dns().close();
  }

  /** Configures a {@link TestCa}. Everything has a default. */
  public static final class Builder {
    InstantSource time = InstantSource.system();
    long seed;
    int httpPort = 80;
    int tlsPort = 443;
    int port;
    int intermediates = 1;
    int alternateRoots;
    Duration certificateLifetime = Duration.ofDays(90);
    Duration orderLifetime = Duration.ofDays(1);
    Duration authorizationLifetime = Duration.ofDays(1);
    Duration backdate = Duration.ofSeconds(1);
    Map<String, Duration> profiles = Map.of();
    Map<String, byte[]> externalAccounts = Map.of();
    List<String> challengeTypes = List.of("http-01", "dns-01", "tls-alpn-01");
    List<String> caaIdentities = List.of("ca.test");
    Set<Feature> features = EnumSet.of(Feature.RENEWAL_INFO);
    @Nullable URI termsOfService = URI.create("https://ca.test/terms");
    @Nullable Scheduler scheduler; // null: real time
    @Nullable InetSocketAddress dnsServer; // null: the CA's own

    private Builder() {}

    /**
     * Sets the clock of the CA; the system's unless set. Certificates, nonces and orders use it.
     */
    public Builder time(InstantSource source) {
      this.time = source;
      return this;
    }

    /** Sets what delays pass on; real time unless set. */
    public Builder scheduler(Scheduler delays) {
      this.scheduler = delays;
      return this;
    }

    /** Sets what decides which nonces are rejected, and the order of arrays; 0 unless set. */
    public Builder seed(long number) {
      this.seed = number;
      return this;
    }

    /** Sets the port of the CA itself; a free one unless set. */
    public Builder port(int number) {
      this.port = checkPort(number);
      return this;
    }

    /** Sets where http-01 connects; 80 unless set. */
    public Builder httpPort(int number) {
      this.httpPort = checkPort(number);
      return this;
    }

    /** Sets where tls-alpn-01, and redirects of http-01 to https, connect; 443 unless set. */
    public Builder tlsPort(int number) {
      this.tlsPort = checkPort(number);
      return this;
    }

    /** Asks this DNS server instead of {@link TestCa#dns()}. */
    public Builder dnsServer(InetSocketAddress address) {
      this.dnsServer = address;
      return this;
    }

    /** Sets how long certificates are valid for which the client asks nothing else; 90 days. */
    public Builder certificateLifetime(Duration lifetime) {
      this.certificateLifetime = positive("certificateLifetime", lifetime);
      return this;
    }

    /** Sets how long before their issuance certificates begin; one second unless set. */
    public Builder backdate(Duration duration) {
      this.backdate = duration;
      return this;
    }

    /** Sets how long an order, and an authorization that waits, may take; one day unless set. */
    public Builder orderLifetime(Duration lifetime) {
      this.orderLifetime = positive("orderLifetime", lifetime);
      return this;
    }

    /** Sets how long an authorization is valid; one day unless set. */
    public Builder authorizationLifetime(Duration lifetime) {
      this.authorizationLifetime = positive("authorizationLifetime", lifetime);
      return this;
    }

    /** Offers profiles: a name, and the lifetime of its certificates. None unless set. */
    public Builder profiles(Map<String, Duration> lifetimes) {
      lifetimes.forEach(Builder::positive);
      this.profiles = new LinkedHashMap<>(lifetimes);
      return this;
    }

    /** Registers only with this binding to an account elsewhere (RFC 8555 §7.3.4). */
    public Builder externalAccountRequired(String kid, byte[] hmacKey) {
      Map<String, byte[]> copy = new LinkedHashMap<>(externalAccounts);
      copy.put(kid, hmacKey.clone());
      this.externalAccounts = copy;
      return this;
    }

    /** Sets the terms of service that a client must agree to; it has some unless set. */
    public Builder termsOfService(URI terms) {
      this.termsOfService = terms;
      return this;
    }

    /** Has no terms of service. */
    public Builder withoutTermsOfService() {
      this.termsOfService = null;
      return this;
    }

    /**
     * Sets which types of challenges are offered: http-01, dns-01 and tls-alpn-01 unless set. A
     * type that nobody knows is offered as well, but nothing passes it.
     */
    public Builder challengeTypes(String... types) {
      this.challengeTypes = List.of(types);
      return this;
    }

    /** Sets the {@code caaIdentities} of the directory; {@code ca.test} unless set. */
    public Builder caaIdentities(String... domains) {
      this.caaIdentities = List.of(domains);
      return this;
    }

    /** Answers newOrder with an equal order that is pending or ready, as Let's Encrypt does. */
    public Builder reuseOrders() {
      features.add(Feature.ORDER_REUSE);
      return this;
    }

    /** Puts valid authorizations into new orders of the same account. */
    public Builder reuseAuthorizations() {
      features.add(Feature.AUTHORIZATION_REUSE);
      return this;
    }

    /** Has no renewalInfo (RFC 9773) and refuses {@code replaces}. */
    public Builder withoutRenewalInfo() {
      features.remove(Feature.RENEWAL_INFO);
      return this;
    }

    /** Sets how many certificates lie between a leaf and its root, 0 to 5; one unless set. */
    public Builder intermediates(int number) {
      this.intermediates = inRange("intermediates", number, 5);
      return this;
    }

    /** Offers this many alternate chains to other roots, 0 to 5; needs an intermediate. */
    public Builder alternateRoots(int number) {
      this.alternateRoots = inRange("alternateRoots", number, 5);
      return this;
    }

    /** Starts the CA; it listens when this returns. */
    public TestCa start() {
      if (alternateRoots > 0 && intermediates == 0) {
        throw new IllegalStateException("alternateRoots needs intermediates(1) or more");
      }
      return new TestCa(CaAssembly.assemble(this));
    }

    private static int inRange(String name, int number, int max) {
      if (number < 0 || number > max) {
        throw new IllegalArgumentException(name + " must be 0 to " + max + ": " + number);
      }
      return number;
    }

    private static int checkPort(int number) {
      return inRange("port", number, 65535);
    }

    private static Duration positive(String name, Duration duration) {
      if (duration.isNegative() || duration.isZero()) {
        throw new IllegalArgumentException(name + " must be positive: " + duration);
      }
      return duration;
    }
  }
}
