package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.AcmeService;
import io.autotls.testing.ca.internal.acme.CaClock;
import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.FaultPlan;
import io.autotls.testing.ca.internal.acme.FrontDoor;
import io.autotls.testing.ca.internal.acme.Ledger;
import io.autotls.testing.ca.internal.acme.Limiter;
import io.autotls.testing.ca.internal.acme.RequestLog;
import io.autotls.testing.ca.internal.acme.Settings;
import io.autotls.testing.ca.internal.acme.Urls;
import io.autotls.testing.ca.internal.acme.Work;
import io.autotls.testing.ca.internal.dns.DnsClient;
import io.autotls.testing.ca.internal.http.HttpsServer;
import io.autotls.testing.ca.internal.pki.CertificateFactory;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.pki.SigningKey;
import io.autotls.testing.ca.internal.pki.Tls;
import io.autotls.testing.ca.internal.validation.Connector;
import io.autotls.testing.ca.internal.validation.DnsValidator;
import io.autotls.testing.ca.internal.validation.HttpValidator;
import io.autotls.testing.ca.internal.validation.PersistentDnsValidator;
import io.autotls.testing.ca.internal.validation.TlsAlpnValidator;
import io.autotls.testing.ca.internal.validation.ValidatorTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.SSLContext;

/** Puts the parts of a CA together. */
final class CaAssembly {
  private CaAssembly() {}

  static TestCa.Parts assemble(TestCaBuilder builder) {
    TestDns dns = TestDns.start();
    try {
      return assemble(builder, dns);
    } catch (GeneralSecurityException e) {
      dns.close();
      throw new IllegalStateException("This JVM lacks what a CA needs", e);
    } catch (IOException e) {
      dns.close();
      throw new UncheckedIOException("The test CA cannot listen on 127.0.0.1", e);
    }
  }

  private static TestCa.Parts assemble(TestCaBuilder builder, TestDns dns)
      throws GeneralSecurityException, IOException {
    SecureRandom secrets = new SecureRandom();
    CertificateFactory factory = new CertificateFactory(secrets);
    SigningKey httpsRoot = factory.root("AutoTls Test HTTPS Root");
    Pki pki = Pki.create(factory, builder.intermediates, builder.alternateRoots);
    CaClock clock = new CaClock(builder.time);
    Settings settings = settings(builder, clock);
    Ledger ledger = new Ledger(clock, secrets);
    RequestLog log = new RequestLog(clock, builder.requestsKept);
    FaultPlan faults = new FaultPlan();
    Limiter limits = new Limiter(clock);
    List<HttpsServer> servers = servers(builder, Tls.server(factory, httpsRoot));
    Urls urls = urls(servers);
    Work work = new Work(new DaemonThreads("test-ca-work"), builder.scheduler);
    InetSocketAddress resolver = builder.dnsServer != null ? builder.dnsServer : dns.address();
    AcmeService service =
        new AcmeService(
            new AcmeService.Parts(
                ledger,
                settings,
                urls,
                pki,
                validators(settings, new DnsClient(resolver, secrets)),
                work,
                limits,
                new Random(builder.seed),
                secrets));
    FrontDoor door = new FrontDoor(service, faults, log, work);
    servers.forEach(server -> server.start(door));
    return new TestCa.Parts(
        clock,
        settings,
        ledger,
        urls,
        pki,
        httpsRoot.certificate(),
        dns,
        work,
        service,
        faults,
        limits,
        log,
        door,
        new HttpsScript(factory, httpsRoot, servers),
        servers);
  }

  /** One for everything, and perhaps another one for renewalInfo. */
  private static List<HttpsServer> servers(TestCaBuilder builder, SSLContext tls)
      throws IOException {
    List<HttpsServer> servers = new ArrayList<>();
    servers.add(server(builder.port, tls));
    if (builder.renewalInfoElsewhere) {
      servers.add(server(0, tls));
    }
    return servers;
  }

  private static HttpsServer server(int port, SSLContext tls) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    return new HttpsServer(
        new InetSocketAddress(loopback, port), tls, new DaemonThreads("test-ca-http"));
  }

  private static Urls urls(List<HttpsServer> servers) {
    String base = "https://localhost:" + servers.get(0).port();
    return servers.size() == 1
        ? new Urls(base)
        : new Urls(base, "https://127.0.0.1:" + servers.get(1).port());
  }

  private static Settings settings(TestCaBuilder builder, CaClock clock) {
    Settings settings =
        new Settings(
            new Settings.Fixed(
                clock,
                builder.profiles,
                builder.externalAccounts,
                builder.termsOfService,
                builder.challengeTypes,
                builder.caaIdentities,
                builder.features,
                builder.orderLifetime,
                builder.authorizationLifetime,
                builder.backdate));
    settings.flow().reusedAuthorizations(builder.reusedAuthorizations);
    settings.certificateLifetime(builder.certificateLifetime);
    settings.httpPort(builder.httpPort);
    settings.tlsPort(builder.tlsPort);
    return settings;
  }

  private static Map<String, ChallengeValidator> validators(Settings settings, DnsClient dns) {
    Connector connector = new Connector(dns);
    ValidatorTls tls = new ValidatorTls();
    return Map.of(
        "http-01", new HttpValidator(connector, settings, tls),
        "dns-01", DnsValidator.dns01(dns),
        "dns-account-01", DnsValidator.dnsAccount01(dns),
        "dns-persist-01", new PersistentDnsValidator(dns, settings),
        "tls-alpn-01", new TlsAlpnValidator(connector, settings, tls));
  }
}
