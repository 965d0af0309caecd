package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.spi.Entry;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What belongs together: a record and what was wanted, a key and its certificate. */
class IdentityTest {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", Pattern.DOTALL);

  private final Harness h = new Harness();

  @Test
  @DisplayName("PD27: a CA that signs a subject and names of its own is asked once for each spec")
  void aForeignSubjectIsNoIdentity() throws IOException {
    CertificateSpec other = CertificateSpec.of("other.example");
    h.issuer.signs("CN=Gateway of Some Company", "gateway.some-company.example");
    AutoTls first = h.builder(h.issuer.node()).certificates(List.of(SPEC, other)).enable();
    h.advance(Duration.ofDays(50));
    first.close();

    AutoTls second = h.builder(h.issuer.node()).certificates(List.of(SPEC, other)).enable();

    assertThat(second.ready()).isCompleted();
    assertThat(h.served(second).names()).contains("example.com");
    assertThat(h.served(second, "other.example").names()).contains("other.example");
    assertThat(second.status("gateway.some-company.example")).isEmpty();
    h.advance(Duration.ofDays(1));
    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.keys("certificates/"))
        .containsExactlyInAnyOrder("certificates/" + SPEC.id(), "certificates/" + other.id());
  }

  @Test
  void aChainOfAnotherOrderIsRefusedAndTheCertificateInServiceStays() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(1));
    Credential before = h.served(tls);
    h.issuer.mixesUp(before.chain());

    h.advance(Duration.ofDays(60).plusHours(12));

    assertThat(h.served(tls)).isEqualTo(before);
    assertThat(h.events(AutoTlsEvent.Failed.class).get(0).problem().what())
        .contains("the private key does not belong to the certificate");
    h.issuer.mixesUp(List.of());
    h.advance(Duration.ofDays(1));
    assertThat(h.served(tls)).isNotEqualTo(before);
  }

  @Test
  void aRecordWhoseKeyIsThatOfAnotherGenerationServesThePreviousOne() throws IOException {
    AutoTls first = h.node();
    h.advance(Duration.ofMinutes(1));
    Credential previous = h.served(first);
    h.advance(Duration.ofDays(61));
    first.close();
    String torn = withKeyOfThePreviousGeneration(h.record());
    Entry whole = h.store.read(Key.of("certificates/" + SPEC.id())).orElseThrow();
    h.store.write(
        Key.of("certificates/" + SPEC.id()),
        torn.getBytes(StandardCharsets.UTF_8),
        whole.version());
    h.issuer.failsAlways(failure(Reaction.WAIT, Duration.ofDays(1)));

    AutoTls second = h.node();
    h.advance(Duration.ofMinutes(1));

    assertThat(h.served(second)).isEqualTo(previous);
    assertThat(h.events(AutoTlsEvent.Failed.class).get(0).problem().what())
        .contains("its key does not belong to its certificate");
    String copy = h.keys("damaged/").get(0);
    assertThat(new String(h.store.read(Key.of(copy)).orElseThrow().value(), StandardCharsets.UTF_8))
        .isEqualTo(torn);
  }

  /** What a store of two files may answer while they are replaced one after the other. */
  private static String withKeyOfThePreviousGeneration(String record) {
    List<String> keys = KEY.matcher(record).results().map(found -> found.group()).toList();
    assertThat(keys).hasSize(2).doesNotHaveDuplicates();
    return KEY.matcher(record).replaceFirst(Matcher.quoteReplacement(keys.get(1)));
  }
}
