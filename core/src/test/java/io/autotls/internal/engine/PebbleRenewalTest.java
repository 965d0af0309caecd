package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateStatus;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeRevocationReason;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleVersion;
import io.autotls.testing.pebble.RequiresPebble;
import io.autotls.tls.Credential;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The engine and a CA that it does not know: renewal windows and revocation, on a virtual clock.
 */
@Tag("pebble")
@RequiresPebble(PebbleVersion.V2_10)
class PebbleRenewalTest {
  private static final String NAME = "shop.example";

  /** Pebble wants to be asked again after six hours. */
  private static final Duration ASKED_AGAIN = Duration.ofHours(7);

  private final VirtualTime time =
      VirtualTime.startingAt(Instant.now().truncatedTo(ChronoUnit.SECONDS));
  private final List<AutoTlsEvent> events = new ArrayList<>();
  private Pebble pebble;
  private AutoTls tls;
  private Credential first;

  @BeforeEach
  void obtainsACertificate() {
    pebble =
        Pebble.builder().everyChallengeIsValid().certificateLifetime(Duration.ofDays(90)).start();
    tls =
        AutoTls.builder()
            .domains(NAME)
            .agreeToTermsOfService()
            .issuer(
                AcmeIssuer.builder(pebble.directory())
                    .trustedRoots(List.of(pebble.httpsRoot()))
                    .build())
            .storage(MemoryStorage.create())
            .solver(new Http01Nowhere())
            .listener(events::add)
            .time(time)
            .executor(time)
            .enable();
    until(() -> tls.ready().isDone());
    first = served();
  }

  @AfterEach
  void close() {
    tls.close();
    pebble.close();
  }

  /** Lets virtual time pass while the CA, whose time is real, does its work. */
  private void until(BooleanSupplier condition) {
    for (int i = 0; i < 6_000 && !condition.getAsBoolean(); i++) {
      time.advance(Duration.ofSeconds(1));
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    assertThat(condition.getAsBoolean()).as("%s", tls.explain(NAME)).isTrue();
  }

  private Credential served() {
    return tls.keyring().find(NAME);
  }

  private CertificateStatus status() {
    return tls.status(NAME).orElseThrow();
  }

  private static String window(Instant start, Instant end) {
    return "{\"suggestedWindow\":{\"start\":\"" + start + "\",\"end\":\"" + end + "\"}}";
  }

  private void suggest(String answer) {
    pebble.setRenewalInfo(first.leaf(), answer);
  }

  @Test
  @DisplayName("I2 I5: a window in the future is kept, and the renewal happens within")
  void aFutureWindowIsKept() {
    Instant start = time.instant().plus(Duration.ofDays(20));
    Instant end = start.plus(Duration.ofDays(1));
    suggest(window(start, end));

    time.advance(ASKED_AGAIN);

    assertThat(status().nextStep()).isBetween(start, end);
    assertThat(status().windowStart()).contains(start);
    assertThat(served()).isEqualTo(first);
    time.advance(Duration.between(time.instant(), status().nextStep()));
    until(() -> !served().equals(first));
  }

  @Test
  @DisplayName(
      "I12: a window in the past leads to a renewal at once, with another key, and only one")
  void aPastWindowLeadsToARenewal() {
    suggest(window(time.instant().minus(Duration.ofDays(3)), time.instant().minusSeconds(60)));

    time.advance(ASKED_AGAIN);
    until(() -> !served().equals(first));

    Credential second = served();
    assertThat(second.leaf().getPublicKey()).isNotEqualTo(first.leaf().getPublicKey());
    time.advance(Duration.ofDays(5));
    assertThat(served()).isEqualTo(second);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{nonsense",
        "{}",
        "{\"suggestedWindow\":{\"start\":\"2027-01-02T00:00:00Z\",\"end\":\"2027-01-01T00:00:00Z\"}}",
        "{\"suggestedWindow\":{\"start\":\"soon\",\"end\":null}}"
      })
  @DisplayName("I4 I7 I9 FT33: malformed and reversed windows change nothing")
  void whatMakesNoSenseChangesNothing(String answer) {
    suggest(answer);

    time.advance(ASKED_AGAIN.multipliedBy(4));

    assertThat(served()).isEqualTo(first);
    assertThat(status().nextStep())
        .isBetween(first.notAfter().minus(Duration.ofDays(35)), first.notAfter());
    assertThat(events).noneMatch(AutoTlsEvent.Failed.class::isInstance);
  }

  @Test
  @DisplayName("I12 V1: a certificate that was revoked is replaced within the CA's Retry-After")
  void aRevokedCertificateIsReplaced() throws Exception {
    try (AcmeClient client =
        AcmeClient.builder(pebble.directory())
            .trustedRoots(List.of(pebble.httpsRoot()))
            .clock(InstantSource.system())
            .build()) {
      client.revoke(
          new KeyPair(first.leaf().getPublicKey(), first.privateKey()),
          first.leaf(),
          AcmeRevocationReason.KEY_COMPROMISE);
    }

    time.advance(ASKED_AGAIN);
    until(() -> !served().equals(first));

    assertThat(served().leaf().getPublicKey()).isNotEqualTo(first.leaf().getPublicKey());
  }
}
