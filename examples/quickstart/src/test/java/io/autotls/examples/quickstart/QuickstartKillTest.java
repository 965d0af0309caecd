package io.autotls.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.FreePorts;
import io.autotls.testing.JavaProcess;
import io.autotls.testing.Visitor;
import io.autotls.testing.ca.OrderView;
import io.autotls.testing.ca.TestCa;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quickstart is killed without warning, again and again, while its certificate is renewed. */
class QuickstartKillTest {
  private static final int KILLS = 20;
  private static final int LATEST_KILL_MILLIS = 2_000;
  private static final Duration LIFETIME = Duration.ofSeconds(26);

  /** Certificates that live for less than ten days are renewed at half of it, at the earliest. */
  private static final Duration EARLIEST_RENEWAL = LIFETIME.dividedBy(2).minusSeconds(3);

  private static final Duration A_MOMENT = Duration.ofMillis(100);

  private final int httpPort = FreePorts.next();
  private final int httpsPort = FreePorts.next();

  @TempDir private Path folder;

  @Test
  void killedTwentyTimesOverTwoRenewalsItHasTheRightCertificateAndOrderedNoneTooMany()
      throws Exception {
    Random moments = new Random(20261124);
    try (TestCa ca = ca()) {
      for (int kill = 0; kill < KILLS; kill++) {
        try (JavaProcess quickstart = start(ca)) {
          quickstart.awaitLine("CA: "); // from here on there is something to interrupt
          quickstart.awaitEnd(Duration.ofMillis(moments.nextInt(LATEST_KILL_MILLIS)));
          quickstart.kill();
        }
      }
      try (JavaProcess quickstart = start(ca)) {
        quickstart.awaitLine("until interrupted");
        while (ca.issued().size() < 3 || !served(ca).equals(newest(ca))) {
          assertThat(quickstart.awaitEnd(A_MOMENT)).as(quickstart.output()).isFalse();
        }

        assertThat(ca.orders()).extracting(OrderView::status).doesNotContain("invalid");
        assertEachOrderWasDue(ca.orders());
        assertThat(ca.accounts()).hasSize(1);
      }
    }
  }

  private TestCa ca() throws Exception {
    TestCa ca =
        TestCa.builder()
            .httpPort(httpPort)
            .tlsPort(httpsPort)
            .certificateLifetime(LIFETIME)
            .withoutRenewalInfo()
            .start();
    ca.writeHttpsRoot(folder.resolve("ca.pem"));
    ca.validationDelay(Duration.ofMillis(800)); // long enough to be killed meanwhile
    ca.issuanceDelay(Duration.ofMillis(800));
    // RFC 8555 §8.2: a CA may look again. One that looks once and finds nobody, because the
    // application is dead at that moment, ends the order, and then there has to be another.
    ca.flow().validationRetries(200, Duration.ofMillis(300));
    return ca;
  }

  private JavaProcess start(TestCa ca) {
    return JavaProcess.of(Quickstart.class)
        .folder(folder)
        .property("autotls.ca", ca.directory().toString())
        .property("autotls.ca.trust", "ca.pem")
        .property("autotls.http.port", Integer.toString(httpPort))
        .property("autotls.https.port", Integer.toString(httpsPort))
        .start("--serve");
  }

  private static void assertEachOrderWasDue(List<OrderView> orders) {
    Instant earliest = Instant.MIN;
    for (OrderView order : orders) {
      assertThat(order.created()).as("%s", orders).isAfterOrEqualTo(earliest);
      earliest = order.created().plus(EARLIEST_RENEWAL);
    }
  }

  private X509Certificate served(TestCa ca) throws Exception {
    return Visitor.trusting(List.of(ca.root())).get("quickstart.test", httpsPort).leaf();
  }

  private static X509Certificate newest(TestCa ca) {
    List<X509Certificate> issued = ca.issued();
    return issued.get(issued.size() - 1);
  }
}
