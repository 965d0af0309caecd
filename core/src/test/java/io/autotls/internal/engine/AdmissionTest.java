package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus.Serving;
import io.autotls.testing.simulation.WithCheapKeys;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How many attempts are open at once when thousands of names are wanted at once. */
@WithCheapKeys
class AdmissionTest {
  private static final int NAMES = 1_000;
  private static final int OPEN_AT_ONCE = 50;

  private final Harness h = new Harness();

  private AutoTls enable() {
    return h.builder(h.issuer.node()).certificates(Harness.specs("one", NAMES)).enable();
  }

  @Test
  @Tag("FT41")
  void aThousandNamesAreNotAThousandOpenOrders() {
    h.issuer.waits(Duration.ofSeconds(30));
    AutoTls tls = enable();

    int open = 0;
    for (int second = 0; second < 10 * 60; second++) {
      open = Math.max(open, h.issuer.orders().size() - served(tls));
      h.advance(Duration.ofSeconds(1));
    }

    assertThat(open).isBetween(OPEN_AT_ONCE, 3 * OPEN_AT_ONCE);
    assertThat(served(tls)).isEqualTo(NAMES);
    assertThat(h.issuer.orders()).hasSize(NAMES);
  }

  @Test
  void aQuickCaIsNotHeldBack() {
    h.issuer.waits(Duration.ZERO);
    AutoTls tls = enable();

    h.advance(Duration.ofSeconds(1));

    assertThat(served(tls)).isEqualTo(NAMES);
  }

  @Test
  void ordersThatNeverEndKeepNobodyOut() {
    h.issuer.beforeStep(
        step ->
            h.issuer.waits(
                step.names().get(0).startsWith("good") ? Duration.ZERO : Duration.ofDays(30)));
    AutoTls tls = enable();
    h.advance(Duration.ofMinutes(1));
    assertThat(h.issuer.orders()).hasSizeLessThan(NAMES);

    tls.add(CertificateSpec.of("good.example"));
    h.advance(Duration.ofSeconds(1));

    assertThat(h.isServed(tls, "good.example")).isTrue();
  }

  private int served(AutoTls tls) {
    return (int)
        tls.statuses().stream().filter(status -> status.serving() != Serving.PLACEHOLDER).count();
  }
}
