package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.html;
import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Requests that are repeated, on a clock that passes as it is told. */
class RepeatsTest {
  private static final KeyPair KEY = AcmeKeys.generate();
  private static final String ACCOUNT = "{\"status\":\"valid\"}";

  private final List<Duration> waits = new ArrayList<>();
  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client =
      AcmeClient.builder(ca.url("/directory"))
          .trustedRoots(List.of(ca.pki.root))
          .waiter(waits::add)
          .build();
  private final AcmeAccount account = client.account(KEY, ca.account(KEY));

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName(
      "N5 B1 E2 a request that the CA could not answer is signed again, with a fresh nonce")
  void repeated() throws Exception {
    ca.on(
        "POST /account/1",
        html(502),
        problem(500, "serverInternal", "oops"),
        html(503).setHeader("Retry-After", "7"),
        json(200, ACCOUNT));

    account.update(List.of());

    assertThat(ca.posts).hasSize(4);
    assertThat(ca.posts.stream().map(post -> post.header().get("nonce"))).doesNotHaveDuplicates();
    assertThat(waits).hasSize(3);
    assertThat(waits.get(2)).isBetween(Duration.ofSeconds(7), Duration.ofMillis(7_400));
  }

  @Test
  @DisplayName("G36 not for ever")
  void bounded() {
    ca.on("POST /account/1", html(502));

    assertThatThrownBy(account::fetch).isInstanceOf(AcmeServerException.class);
    assertThat(ca.posts).hasSize(4);
  }

  @Test
  @DisplayName("D5 FT14 the directory and newNonce are repeated as well")
  void directoryAndNonce() throws Exception {
    ca.on("GET /directory", html(503), json(200, ca.directory()));
    ca.on(
        "HEAD /newNonce",
        html(503).setHeader("X-No-Nonce", "1"),
        new MockResponse.Builder().code(200));
    ca.on("POST /account/1", json(200, ACCOUNT));

    account.fetch();

    assertThat(waits).hasSize(2);
  }

  @Test
  @DisplayName("R5 E4 B27 429, refusals and long pauses are reported at once")
  void notRepeated() {
    ca.on(
        "POST /account/1",
        problem(429, "rateLimited", "later").setHeader("Retry-After", "1"),
        problem(403, "unauthorized", "no"),
        html(503).setHeader("Retry-After", "3600"));

    for (int i = 1; i <= 3; i++) {
      assertThatThrownBy(account::fetch).isInstanceOf(AcmeException.class);
      assertThat(ca.posts).hasSize(i);
    }
    assertThat(waits).isEmpty();
  }

  @Test
  @DisplayName("N5 F5 a change whose answer was lost is not repeated, a look is")
  void lostAnswer() throws Exception {
    ca.speakHttp1();
    MockResponse.Builder lost =
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket());
    ca.on("POST /account/1", lost, json(200, ACCOUNT), lost, lost, json(200, ACCOUNT));

    assertThatThrownBy(() -> account.update(List.of())).isInstanceOf(AcmeNetworkException.class);
    assertThat(ca.posts).hasSize(1);
    account.update(List.of());
    account.fetch();
    assertThat(ca.posts).hasSize(5);
  }

  @Test
  @DisplayName("R6 an interrupt ends the waiting")
  void interrupted() {
    ca.on("POST /account/1", html(502));
    try (AcmeClient impatient =
        AcmeClient.builder(ca.url("/directory"))
            .trustedRoots(List.of(ca.pki.root))
            .waiter(
                duration -> {
                  throw new InterruptedException();
                })
            .build()) {
      assertThatThrownBy(() -> impatient.account(KEY, ca.account(KEY)).fetch())
          .isInstanceOfSatisfying(
              AcmeNetworkException.class,
              e -> assertThat(e.kind()).isEqualTo(AcmeNetworkException.Kind.CANCELLED));
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(ca.posts).hasSize(1);
  }
}
