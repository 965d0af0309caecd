package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.AcmeService;
import io.autotls.testing.ca.internal.acme.CaClock;
import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.FaultPlan;
import io.autotls.testing.ca.internal.acme.FrontDoor;
import io.autotls.testing.ca.internal.acme.Ledger;
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
import io.autotls.testing.ca.internal.validation.TlsAlpnValidator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
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
    HttpsServer server =
        new HttpsServer(
            new InetSocketAddress(
                InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), builder.port),
            Tls.server(factory, httpsRoot),
            new DaemonThreads("test-ca-http"));
    Work work = new Work(new DaemonThreads("test-ca-work"), builder.scheduler);
    Urls urls = new Urls("https://localhost:" + server.port());
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
                new Random(builder.seed),
                secrets));
    server.start(new FrontDoor(service, faults, log));
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
        log,
        server);
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
    settings.certificateLifetime(builder.certificateLifetime);
    settings.httpPort(builder.httpPort);
    settings.tlsPort(builder.tlsPort);
    return settings;
  }

  private static Map<String, ChallengeValidator> validators(Settings settings, DnsClient dns)
      throws GeneralSecurityException {
    Connector connector = new Connector(dns);
    SSLContext tls = Tls.validator();
    return Map.of(
        "http-01", new HttpValidator(connector, settings, tls),
        "dns-01", new DnsValidator(dns),
        "tls-alpn-01", new TlsAlpnValidator(connector, settings, tls));
  }
}
