package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.AcmeServer;
import io.autotls.testing.ca.internal.acme.Conduct;
import io.autotls.testing.ca.internal.dns.DnsClient;
import io.autotls.testing.ca.internal.http.HttpsServer;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.validation.Validator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An ACME certificate authority in the process of the test (RFC 8555), as strict as Let's Encrypt's test CA
 * Pebble: it checks every signature, nonce and URL, and it really connects to validate {@code http-01},
 * {@code tls-alpn-01} and {@code dns-01}. Names resolve through a {@link TestDns} of its own, every name to
 * {@code 127.0.0.1} unless told otherwise.
 *
 * <pre>{@code
 * try (TestCa ca = TestCa.builder().httpPort(8080).tlsPort(8443).start()) {
 *   // point the application at ca.directory(), trusting ca.httpsRoot() …
 *   // … and let the client of the test trust what it issues:
 *   HttpClient client = HttpClient.newBuilder().sslContext(ca.sslContext()).build();
 * }
 * }</pre>
 *
 * <p>Everything listens on loopback. Settings may be changed while it runs. Safe for use by many threads.
 */
public final class TestCa implements AutoCloseable {
  private final Settings settings;
  private final AcmeServer acme;
  private final HttpsServer server;
  private final TestDns dns;
  private final Pki ownHttps;

  private TestCa(Builder builder) {
    this.dns = TestDns.start();
    this.ownHttps = new Pki("AutoTls Testing CA's own HTTPS");
    ThreadFactory threads = daemons();
    this.settings = new Settings(builder, dns, threads);
    this.acme = new AcmeServer(settings, builder.seed);
    try {
      this.server =
          new HttpsServer(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port),
              ownHttps.serverContext(),
              acme,
              threads);
    } catch (IOException e) {
      dns.close();
      settings.close();
      throw new IllegalStateException("cannot listen on port " + builder.port, e);
    }
    acme.at("https://localhost:" + server.port());
    server.start();
  }

  private static ThreadFactory daemons() {
    AtomicInteger count = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, "autotls-testing-ca-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A builder with certificates of 90 days, and validation on ports 80 and 443. */
  public static Builder builder() {
    return new Builder();
  }

  /** The URL of the directory, {@code https://localhost:…/directory}. */
  public URI directory() {
    return URI.create("https://localhost:" + server.port() + "/directory");
  }

  /** The root of the CA's own HTTPS: what an ACME client has to trust. */
  public X509Certificate httpsRoot() {
    return ownHttps.root();
  }

  /** Writes {@link #httpsRoot()} as PEM, for clients that want a file. */
  public void writeHttpsRoot(Path file) throws IOException {
    try {
      String base64 =
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(httpsRoot().getEncoded());
      Files.writeString(
          file, "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a root without encoding", e);
    }
  }

  /** The root of what is issued: what visitors of the application have to trust. */
  public X509Certificate root() {
    return settings.pki().root();
  }

  /** A client context that trusts what is issued, and nothing else. */
  public SSLContext sslContext() {
    return Pki.clientContext(List.of(root()));
  }

  /** The DNS server that validation asks. */
  public TestDns dns() {
    return dns;
  }

  /** An order that was accepted. */
  public record OrderView(String id, List<String> names, String status, Instant created) {}

  /** Every order that was accepted, in order. */
  public List<OrderView> orders() {
    return acme.orders().stream()
        .map(order -> new OrderView(order.id(), order.names(), order.status(), order.created()))
        .toList();
  }

  /** Every certificate that was issued, in order. */
  public List<X509Certificate> issued() {
    return acme.issued();
  }

  /** How many accounts there are. */
  public int accounts() {
    return acme.accounts();
  }

  /** A request that was answered. */
  public record RequestView(String method, String path, int status) {}

  /** Every request that was answered, in order. */
  public List<RequestView> requests() {
    return acme.requests().stream()
        .map(request -> new RequestView(request.method(), request.path(), request.status()))
        .toList();
  }

  /** Sets how long certificates live that are issued from now on. */
  public TestCa certificateLifetime(Duration lifetime) {
    settings.lifetime = lifetime;
    return this;
  }

  /** Sets where http-01 is looked for. */
  public TestCa httpPort(int port) {
    settings.httpPort = port;
    return this;
  }

  /** Sets where tls-alpn-01 is looked for. */
  public TestCa tlsPort(int port) {
    settings.tlsPort = port;
    return this;
  }

  /** Refuses so many of the nonces that would have been good: 0.5 is every other one. */
  public TestCa rejectNonces(double share) {
    acme.rejectNonces(share);
    return this;
  }

  /** Sends {@code Retry-After} with pending orders and authorizations from now on. */
  public TestCa retryAfter(Duration after) {
    settings.retryAfter = after;
    return this;
  }

  /** Sets how long the CA takes before it looks at a challenge, in real time. */
  public TestCa validationDelay(Duration delay) {
    settings.validationDelay = delay;
    return this;
  }

  /** Sets how long the CA takes to sign, in real time. */
  public TestCa issuanceDelay(Duration delay) {
    settings.issuanceDelay = delay;
    return this;
  }

  /** Refuses orders for that name, with {@code rejectedIdentifier}. */
  public TestCa refuse(String name) {
    settings.refused.add(name);
    return this;
  }

  /** Takes {@link #refuse} back. */
  public TestCa accept(String name) {
    settings.refused.remove(name);
    return this;
  }

  /** Stops the CA and its DNS server. */
  @Override
  public void close() {
    server.close();
    settings.close();
    dns.close();
  }

  private static final class Settings implements Conduct {
    private final InstantSource clock;
    private final Pki pki = new Pki("AutoTls Testing CA");
    private final Validator validator;
    private final ScheduledThreadPoolExecutor workers;
    private final @Nullable URI termsOfService;
    private final Map<String, byte[]> externalAccounts;
    private final Map<String, Duration> profiles;
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private volatile Duration lifetime;
    private volatile int httpPort;
    private volatile int tlsPort;
    private volatile @Nullable Duration retryAfter;
    private volatile Duration validationDelay = Duration.ZERO;
    private volatile Duration issuanceDelay = Duration.ZERO;

    private Settings(Builder builder, TestDns dns, ThreadFactory threads) {
      this.clock = builder.clock;
      this.lifetime = builder.lifetime;
      this.httpPort = builder.httpPort;
      this.tlsPort = builder.tlsPort;
      this.termsOfService = builder.termsOfService;
      this.externalAccounts = Map.copyOf(builder.externalAccounts);
      this.profiles = Map.copyOf(builder.profiles);
      this.workers = new ScheduledThreadPoolExecutor(8, threads);
      this.validator =
          new Validator(
              new DnsClient(dns.address(), new Random(builder.seed + 2)),
              () -> httpPort,
              () -> tlsPort);
    }

    @Override
    public Instant now() {
      return clock.instant();
    }

    @Override
    public Pki pki() {
      return pki;
    }

    @Override
    public Validator validator() {
      return validator;
    }

    @Override
    public void background(Duration delay, Runnable work) {
      workers.schedule(work, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public Duration validationDelay() {
      return validationDelay;
    }

    @Override
    public Duration issuanceDelay() {
      return issuanceDelay;
    }

    @Override
    public Duration lifetime() {
      return lifetime;
    }

    @Override
    public Optional<Duration> retryAfter() {
      return Optional.ofNullable(retryAfter);
    }

    @Override
    public Optional<URI> termsOfService() {
      return Optional.ofNullable(termsOfService);
    }

    @Override
    public Map<String, byte[]> externalAccounts() {
      return externalAccounts;
    }

    @Override
    public Map<String, Duration> profiles() {
      return profiles;
    }

    @Override
    public Set<String> refused() {
      return refused;
    }

    private void close() {
      workers.shutdownNow();
    }
  }

  /** Describes a CA; not safe for use by many threads. */
  public static final class Builder {
    private InstantSource clock = InstantSource.system();
    private Duration lifetime = Duration.ofDays(90);
    private int port;
    private int httpPort = 80;
    private int tlsPort = 443;
    private long seed = 1;
    private @Nullable URI termsOfService;
    private final Map<String, byte[]> externalAccounts = new LinkedHashMap<>();
    private final Map<String, Duration> profiles = new LinkedHashMap<>();

    private Builder() {}

    /** Sets the clock that dates are taken from. The system's unless set. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /** Sets how long certificates live. 90 days unless set. */
    public Builder certificateLifetime(Duration lifetime) {
      this.lifetime = lifetime;
      return this;
    }

    /** Sets the port of the CA itself. Any free one unless set. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Sets where http-01 is looked for. 80 unless set. */
    public Builder httpPort(int port) {
      this.httpPort = port;
      return this;
    }

    /** Sets where tls-alpn-01 is looked for. 443 unless set. */
    public Builder tlsPort(int port) {
      this.tlsPort = port;
      return this;
    }

    /** Sets where tokens, ids and the order of lists come from: equal seeds, equal CAs. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** Wants the terms of service at that address to be agreed to. None unless set. */
    public Builder termsOfService(URI url) {
      this.termsOfService = url;
      return this;
    }

    /** Wants accounts to be bound to this one, or another one that was added (RFC 8555 §7.3.4). */
    public Builder externalAccount(String keyId, byte[] secret) {
      externalAccounts.put(keyId, secret.clone());
      return this;
    }

    /** Offers a profile whose certificates live so long. None unless set. */
    public Builder profile(String name, Duration lifetime) {
      profiles.put(name, lifetime);
      return this;
    }

    /** Starts the CA and its DNS server, on loopback. */
    public TestCa start() {
      return new TestCa(this);
    }
  }
}
