package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.AcmeService;
import io.autotls.testing.ca.internal.acme.CaClock;
import io.autotls.testing.ca.internal.acme.FaultPlan;
import io.autotls.testing.ca.internal.acme.Faults;
import io.autotls.testing.ca.internal.acme.FrontDoor;
import io.autotls.testing.ca.internal.acme.IssuedCertificate;
import io.autotls.testing.ca.internal.acme.Ledger;
import io.autotls.testing.ca.internal.acme.Limiter;
import io.autotls.testing.ca.internal.acme.LocalCall;
import io.autotls.testing.ca.internal.acme.RequestLog;
import io.autotls.testing.ca.internal.acme.Settings;
import io.autotls.testing.ca.internal.acme.Urls;
import io.autotls.testing.ca.internal.acme.Work;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import io.autotls.testing.ca.internal.http.HttpsServer;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.pki.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

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
 * <p>A test makes single requests fail with {@link #on}, and changes what the CA is like with the
 * views {@link #flow()}, {@link #chains()}, {@link #renewalInfo()}, {@link #limits()} and {@link
 * #https()}. It moves time with {@link TestCaBuilder#time}. Afterwards it asks for {@link
 * #requests()}, {@link #orders()} and {@link #impatientRequests()}. All methods are safe for use by
 * many threads. What the CA records stays in memory until {@link #close()}.
 */
public final class TestCa implements AutoCloseable {
  private static final Endpoint[] ORDERS_AND_AUTHORIZATIONS = {
    Endpoint.ORDER, Endpoint.FINALIZE, Endpoint.AUTHORIZATION
  };

  private final Parts parts;

  /** What a running CA consists of. */
  record Parts(
      CaClock clock,
      Settings settings,
      Ledger ledger,
      Urls urls,
      Pki pki,
      X509Certificate httpsRoot,
      TestDns dns,
      Work work,
      AcmeService service,
      FaultPlan faults,
      Limiter limits,
      RequestLog log,
      FrontDoor door,
      HttpsScript https,
      List<HttpsServer> servers) {}

  TestCa(Parts parts) {
    this.parts = parts;
  }

  /** Starts a CA with all defaults. */
  public static TestCa start() {
    return builder().start();
  }

  /** Begins the configuration of a CA. */
  public static TestCaBuilder builder() {
    return new TestCaBuilder();
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

  /** The DNS server that the CA asks unless {@link TestCaBuilder#dnsServer} names another. */
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

  /**
   * The requests that came earlier than {@code Retry-After} allowed for their resource: none, if a
   * client does as it is told.
   */
  public List<RecordedRequest> impatientRequests() {
    return requests().stream().filter(RecordedRequest::isImpatient).toList();
  }

  /** Begins to script a fault for requests to any of these endpoints. */
  public FaultScript on(Endpoint first, Endpoint... more) {
    Set<Endpoint> endpoints = new HashSet<>(List.of(more));
    endpoints.add(first);
    return script(List.of(endpoints));
  }

  /** Begins to script a fault for requests to any endpoint at all. */
  public FaultScript onAny() {
    return on(Endpoint.UNKNOWN, Endpoint.values());
  }

  /** Begins to script a fault that each of the endpoints has, one after the other. */
  public FaultScript onEach() {
    return script(Stream.of(Endpoint.values()).map(Set::of).toList());
  }

  private FaultScript script(List<Set<Endpoint>> endpoints) {
    Faults faults = new Faults(parts.service(), parts.work());
    return new FaultScript(parts.faults(), endpoints, new FaultScript.Tools(faults, parts.clock()));
  }

  /**
   * Answers a request on the calling thread, without a socket and without TLS: for simulations on a
   * virtual clock. It is recorded, and scripts concern it, like any other. With {@link
   * Processing#IN_REQUEST} no other thread has a part in it.
   *
   * @param url as the client would call it; its host and port become the {@code Host} header
   * @param headers names and values in turn
   * @throws IOException where a script breaks the connection, or keeps silent
   */
  public CaAnswer exchange(String method, URI url, byte[] body, String... headers)
      throws IOException, InterruptedException {
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    HttpRequest request =
        new HttpRequest(
            method,
            url.getRawPath() + query,
            Headers.of(headers).with("Host", url.getRawAuthority()),
            body.clone());
    LocalCall call = new LocalCall(parts.door());
    HttpResponse response = call.answer(request);
    return CaAnswer.of(response, call.delay());
  }

  /** Ends all scripted faults. */
  public void heal() {
    parts.faults().clear();
  }

  /**
   * Refuses this share of all nonces with {@code badNonce} although they are good. Which ones
   * depends on {@link TestCaBuilder#seed} only. None unless set.
   */
  public void rejectNonces(double share) {
    parts.settings().rejectedNonces(TestCaBuilder.share(share));
  }

  /**
   * Makes the clock of the CA wrong by this much from now on, into the past if it is negative: the
   * {@code Date} of responses, dates in {@code Retry-After}, certificates, and what expires.
   */
  public void clockSkew(Duration skew) {
    parts.clock().skew(skew);
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
    parts.settings().certificateLifetime(TestCaBuilder.positive("certificateLifetime", lifetime));
  }

  /** Sets where http-01 connects from now on. */
  public void httpPort(int port) {
    parts.settings().httpPort(TestCaBuilder.checkPort(port));
  }

  /** Sets where tls-alpn-01, and redirects of http-01 to https, connect from now on. */
  public void tlsPort(int port) {
    parts.settings().tlsPort(TestCaBuilder.checkPort(port));
  }

  /** Sends {@code Retry-After} in seconds on orders and authorizations that a client waits for. */
  public void retryAfter(Duration duration) {
    retryAfter(RetryAfter.seconds(duration), ORDERS_AND_AUTHORIZATIONS);
  }

  /** Sends no {@code Retry-After} on orders and authorizations. So it is unless set. */
  public void noRetryAfter() {
    retryAfter(RetryAfter.none(), ORDERS_AND_AUTHORIZATIONS);
  }

  /**
   * Sets {@code Retry-After} at these endpoints: {@link Endpoint#ORDER}, {@link Endpoint#FINALIZE},
   * {@link Endpoint#AUTHORIZATION} and {@link Endpoint#CHALLENGE} while a client waits, {@link
   * Endpoint#RENEWAL_INFO} always. For refusals see {@link ProblemDocument#retryAfter}.
   */
  public void retryAfter(RetryAfter value, Endpoint... endpoints) {
    for (Endpoint endpoint : endpoints) {
      parts.settings().retryAfter(endpoint, value);
    }
  }

  /** How orders go their way: in which state they are born, where they get stuck. */
  public OrderScript flow() {
    return new OrderScript(parts.settings().flow());
  }

  /** What is wrong with certificates and chains. */
  public ChainScript chains() {
    return new ChainScript(parts.settings().tampering(), parts.pki(), parts.clock());
  }

  /** What the CA says about renewal, and about {@code replaces}. */
  public RenewalScript renewalInfo() {
    return new RenewalScript(parts.settings(), this::change);
  }

  /** Rate limits. */
  public RateLimits limits() {
    return new RateLimits(parts.limits());
  }

  /** What is wrong with the HTTPS of the CA itself. */
  public HttpsScript https() {
    return parts.https();
  }

  /** Sets when challenges are validated; {@link Processing#IN_BACKGROUND} unless set. */
  public void validation(Processing processing) {
    parts.settings().flow().validation(processing);
  }

  /** Sets when certificates are issued; {@link Processing#IN_BACKGROUND} unless set. */
  public void issuance(Processing processing) {
    parts.settings().flow().issuance(processing);
  }

  /** Sets after what delay a validation in the background begins; none unless set. */
  public void validationDelay(Duration delay) {
    parts.settings().flow().validationDelay(delay);
  }

  /** Sets after what delay a certificate is issued in the background; none unless set. */
  public void issuanceDelay(Duration delay) {
    parts.settings().flow().issuanceDelay(delay);
  }

  /** Offers a profile from now on, or changes how long its certificates are valid. */
  public void profile(String name, Duration lifetime) {
    parts.settings().profile(name, TestCaBuilder.positive("lifetime", lifetime));
  }

  /** Offers a profile no longer: orders that name it are refused with {@code invalidProfile}. */
  public void removeProfile(String name) {
    parts.settings().removeProfile(name);
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
    parts.servers().forEach(HttpsServer::close);
    parts.work().close();
    parts.dns().close();
  }
}
