package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.Settings.Feature;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Configures a {@link TestCa}. Everything has a default. */
public final class TestCaBuilder {
  InstantSource time = InstantSource.system();
  long seed;
  int httpPort = 80;
  int tlsPort = 443;
  int port;
  int requestsKept = Integer.MAX_VALUE;
  double reusedAuthorizations;
  boolean renewalInfoElsewhere;
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

  TestCaBuilder() {}

  /** Sets the clock of the CA; the system's unless set. Certificates, nonces and orders use it. */
  public TestCaBuilder time(InstantSource source) {
    this.time = source;
    return this;
  }

  /** Sets what delays pass on; real time unless set. */
  public TestCaBuilder scheduler(Scheduler delays) {
    this.scheduler = delays;
    return this;
  }

  /** Sets what decides which nonces are rejected, and the order of arrays; 0 unless set. */
  public TestCaBuilder seed(long number) {
    this.seed = number;
    return this;
  }

  /** Sets the port of the CA itself; a free one unless set. */
  public TestCaBuilder port(int number) {
    this.port = checkPort(number);
    return this;
  }

  /** Sets where http-01 connects; 80 unless set. */
  public TestCaBuilder httpPort(int number) {
    this.httpPort = checkPort(number);
    return this;
  }

  /** Sets where tls-alpn-01, and redirects of http-01 to https, connect; 443 unless set. */
  public TestCaBuilder tlsPort(int number) {
    this.tlsPort = checkPort(number);
    return this;
  }

  /** Asks this DNS server instead of {@link TestCa#dns()}. */
  public TestCaBuilder dnsServer(InetSocketAddress address) {
    this.dnsServer = address;
    return this;
  }

  /**
   * Remembers no more than about this many of the last requests; all unless set. For simulations of
   * years, whose clients ask millions of times.
   */
  public TestCaBuilder keepRequests(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("keepRequests must be positive: " + number);
    }
    this.requestsKept = number;
    return this;
  }

  /** Sets how long certificates are valid for which the client asks nothing else; 90 days. */
  public TestCaBuilder certificateLifetime(Duration lifetime) {
    this.certificateLifetime = positive("certificateLifetime", lifetime);
    return this;
  }

  /** Sets how long before their issuance certificates begin; one second unless set. */
  public TestCaBuilder backdate(Duration duration) {
    this.backdate = duration;
    return this;
  }

  /** Sets how long an order, and an authorization that waits, may take; one day unless set. */
  public TestCaBuilder orderLifetime(Duration lifetime) {
    this.orderLifetime = positive("orderLifetime", lifetime);
    return this;
  }

  /** Sets how long an authorization is valid; one day unless set. */
  public TestCaBuilder authorizationLifetime(Duration lifetime) {
    this.authorizationLifetime = positive("authorizationLifetime", lifetime);
    return this;
  }

  /** Offers profiles: a name, and the lifetime of its certificates. None unless set. */
  public TestCaBuilder profiles(Map<String, Duration> lifetimes) {
    lifetimes.forEach(TestCaBuilder::positive);
    this.profiles = new LinkedHashMap<>(lifetimes);
    return this;
  }

  /** Registers only with this binding to an account elsewhere (RFC 8555 §7.3.4). */
  public TestCaBuilder externalAccountRequired(String kid, byte[] hmacKey) {
    Map<String, byte[]> copy = new LinkedHashMap<>(externalAccounts);
    copy.put(kid, hmacKey.clone());
    this.externalAccounts = copy;
    return this;
  }

  /** Sets the terms of service that a client must agree to; it has some unless set. */
  public TestCaBuilder termsOfService(URI terms) {
    this.termsOfService = terms;
    return this;
  }

  /** Has no terms of service. */
  public TestCaBuilder withoutTermsOfService() {
    this.termsOfService = null;
    return this;
  }

  /**
   * Sets which types of challenges are offered: http-01, dns-01 and tls-alpn-01 unless set. The CA
   * can check dns-account-01 and dns-persist-01 as well, as Pebble 2.10 does. A type that nobody
   * knows is offered too, but nothing passes it.
   */
  public TestCaBuilder challengeTypes(String... types) {
    this.challengeTypes = List.of(types);
    return this;
  }

  /** Sets the {@code caaIdentities} of the directory; {@code ca.test} unless set. */
  public TestCaBuilder caaIdentities(String... domains) {
    this.caaIdentities = List.of(domains);
    return this;
  }

  /** Answers newOrder with an equal order that is pending or ready, as Let's Encrypt does. */
  public TestCaBuilder reuseOrders() {
    features.add(Feature.ORDER_REUSE);
    return this;
  }

  /** Puts valid authorizations into new orders of the same account. */
  public TestCaBuilder reuseAuthorizations() {
    this.reusedAuthorizations = 1;
    return this;
  }

  /** Has no renewalInfo (RFC 9773) and refuses {@code replaces}. */
  public TestCaBuilder withoutRenewalInfo() {
    features.remove(Feature.RENEWAL_INFO);
    return this;
  }

  /** Offers renewalInfo at another host and port than everything else, as ZeroSSL does. */
  public TestCaBuilder renewalInfoElsewhere() {
    this.renewalInfoElsewhere = true;
    return this;
  }

  /**
   * Refuses a CSR that asks for a certificate for clients as well (clientAuth). Unless set that
   * wish is ignored, as Pebble and Let's Encrypt do: the certificate is for servers.
   */
  public TestCaBuilder refuseClientAuth() {
    features.add(Feature.SERVER_CERTIFICATES_ONLY);
    return this;
  }

  /** Has newAuthz: authorizations before there is an order (RFC 8555 §7.4.1). */
  public TestCaBuilder preAuthorization() {
    features.add(Feature.PRE_AUTHORIZATION);
    return this;
  }

  /** Sets how many certificates lie between a leaf and its root, 0 to 5; one unless set. */
  public TestCaBuilder intermediates(int number) {
    this.intermediates = inRange("intermediates", number, 5);
    return this;
  }

  /** Offers this many alternate chains to other roots, 0 to 5; needs an intermediate. */
  public TestCaBuilder alternateRoots(int number) {
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

  static double share(double number) {
    if (!(number >= 0 && number <= 1)) {
      throw new IllegalArgumentException("share must be in [0, 1]: " + number);
    }
    return number;
  }

  static int checkPort(int number) {
    return inRange("port", number, 65535);
  }

  static Duration positive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " must be positive: " + duration);
    }
    return duration;
  }
}
