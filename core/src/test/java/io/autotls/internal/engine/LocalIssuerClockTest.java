package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.LocalIssuer;
import io.autotls.tls.Credential;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The local CA goes by the same clock as its node; both may be wrong together. */
class LocalIssuerClockTest {
  private static final String NAME = "shop.test";

  private final Harness h = new Harness();
  private SkewedTime clock = new SkewedTime(h.time, Duration.ZERO); // of the last node
  private LocalIssuer issuer = LocalIssuer.create();

  private AutoTls node() {
    issuer = LocalIssuer.create();
    clock = new SkewedTime(h.time, Duration.ZERO);
    return h.builder(issuer).time(clock).domains(NAME).enable();
  }

  private List<X509Certificate> roots() throws Exception {
    return issuer.roots();
  }

  @ParameterizedTest
  @CsvSource({
    "P3650D, false",
    "P3650D, true",
    "P100D, false",
    "P100D, true",
    "-P400D, false",
    "-P400D, true"
  })
  void aClockThatWasWrongForAnHourCostsVisitorsNothingThatTheyTrust(String wrong, boolean restart)
      throws Exception {
    AutoTls tls = node();
    h.advance(Duration.ofDays(1));
    final X509Certificate trusted = roots().get(0);
    clock.isWrongBy(Duration.parse(wrong));
    h.advance(Duration.ofHours(1));

    clock.isWrongBy(Duration.ZERO);
    if (restart) {
      tls.close();
      tls = node();
    }

    h.advance(Duration.ofHours(2));
    for (int day = 0; day < 150; day++) {
      Credential served = h.served(tls, NAME);
      assertThat(served.isValidAt(h.time.instant())).as("day %d, %s", day, served).isTrue();
      h.advance(Duration.ofDays(1));
    }
    assertThat(roots().get(0)).isEqualTo(trusted);
    served(tls).chain().get(1).verify(trusted.getPublicKey());
  }

  @Test
  void whatWasIssuedAtAFirstStartTenYearsAheadIsNotWaitedFor() {
    clock.isWrongBy(Duration.ofDays(3650));
    AutoTls tls = h.builder(issuer).time(clock).domains(NAME).enable();
    h.advance(Duration.ofHours(1));

    clock.isWrongBy(Duration.ZERO);
    h.advance(Duration.ofHours(2));

    assertThat(served(tls).isValidAt(h.time.instant())).isTrue();
  }

  private Credential served(AutoTls tls) {
    return h.served(tls, NAME);
  }
}
