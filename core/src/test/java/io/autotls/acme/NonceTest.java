package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.html;
import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class NonceTest {
  private static final KeyPair KEY = AcmeKeys.generate();

  private final SettableClock clock = new SettableClock();
  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().clock(clock).build();
  private final AcmeAccount account = client.account(KEY, ca.account(KEY));

  @BeforeEach
  void theAccountIsThere() {
    ca.on("POST /account/1", json(200, "{\"status\":\"valid\"}"));
  }

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName("N1 the first nonce comes from HEAD newNonce")
  void firstNonceByHead() throws Exception {
    account.fetch();

    assertThat(ca.log()).containsExactly("GET /directory", "HEAD /newNonce", "POST /account/1");
  }

  @Test
  @DisplayName("N1 FT4 where HEAD newNonce fails, GET is asked")
  void getWhereHeadFails() throws Exception {
    ca.on("HEAD /newNonce", new MockResponse.Builder().code(405).setHeader("X-No-Nonce", "1"));

    account.fetch();

    assertThat(ca.log())
        .containsExactly("GET /directory", "HEAD /newNonce", "GET /newNonce", "POST /account/1");
  }

  @Test
  @DisplayName("N2 the nonce of every answer is used once, errors included")
  @Tag("PD39")
  void everyAnswerBringsTheNextNonce() throws Exception {
    ca.on("POST /order/1", problem(404, "malformed", "gone"));

    account.fetch();
    assertThatThrownBy(() -> account.order(ca.url("/order/1")))
        .isInstanceOf(AcmeProblemException.class);
    ca.on("GET /directory", json(200, ca.directory()));
    account.fetch();

    assertThat(ca.log().stream().filter(line -> line.endsWith("/newNonce"))).hasSize(1);
    assertThat(ca.posts.stream().map(post -> post.header().get("nonce"))).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("N2 many threads never share a nonce")
  void manyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Callable<AccountInfo> fetch = account::fetch;
      List<Callable<AccountInfo>> calls = Stream.generate(() -> fetch).limit(100).toList();
      for (Future<AccountInfo> result : threads.invokeAll(calls)) {
        result.get();
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(ca.posts).hasSize(100);
    assertThat(ca.log().stream().filter(line -> line.startsWith("POST"))).hasSize(100);
  }

  @Test
  @DisplayName("N3 an invalid Replay-Nonce is ignored")
  void invalidNonceIsIgnored() throws Exception {
    ca.on(
        "POST /account/1",
        json(200, "{\"status\":\"valid\"}").setHeader("Replay-Nonce", "not/base64url="));

    account.fetch();
    account.fetch();

    assertThat(ca.log().stream().filter(line -> line.equals("HEAD /newNonce"))).hasSize(2);
  }

  @Test
  @DisplayName("N4 badNonce uses the nonce of the error, signed again")
  void badNonceUsesTheNonceOfTheError() throws Exception {
    account.fetch();
    account.fetch();
    ca.refuseNonces(number -> number == 3);

    account.fetch();

    // nonce-1 was from newNonce, 2 and 3 from the answers; 4 came with the refusal of 3.
    assertThat(ca.lastPost().header()).containsEntry("nonce", "nonce-4");
    assertThat(ca.log().stream().filter(line -> line.equals("HEAD /newNonce"))).hasSize(1);
  }

  @Test
  @DisplayName("N4 FT1 with 90 % refused nonces a hundred requests succeed")
  void ninetyPercentRefused() throws Exception {
    Random random = new Random(42);
    ca.refuseNonces(number -> random.nextInt(10) > 0);

    for (int i = 0; i < 100; i++) {
      account.fetch();
    }

    assertThat(ca.posts).hasSize(100);
    assertThat(ca.log()).hasSizeGreaterThan(600);
  }

  @Test
  @DisplayName("N4 a CA that never accepts a nonce is given up, with the reason")
  void neverEndingRefusalIsBounded() {
    ca.refuseNonces(number -> true);

    assertThatThrownBy(account::fetch)
        .isInstanceOfSatisfying(
            AcmeProblemException.class, e -> assertThat(e.type()).isEqualTo(ProblemType.BAD_NONCE))
        .hasMessageContaining("kept refusing its own nonces");
    assertThat(ca.log()).hasSize(2 + SignedRequests.MAX_NONCE_TRIES);
  }

  @Test
  @DisplayName("N5 after 429 and 5xx nothing is sent again, and the next request has a fresh nonce")
  void errorsAreNotRepeatedInside() throws Exception {
    ca.on(
        "POST /account/1",
        problem(429, "rateLimited", "slow down").setHeader("Retry-After", "0"),
        html(500),
        html(503).setHeader("Retry-After", "0"),
        json(200, "{\"status\":\"valid\"}"));

    assertThatThrownBy(account::fetch).isInstanceOf(AcmeRateLimitedException.class);
    assertThatThrownBy(account::fetch).isInstanceOf(AcmeServerException.class);
    // OkHttp by itself would send the same body again after 503 with Retry-After: 0.
    assertThatThrownBy(account::fetch).isInstanceOf(AcmeRateLimitedException.class);
    account.fetch();

    assertThat(ca.log().stream().filter(line -> line.startsWith("POST"))).hasSize(4);
    assertThat(ca.posts.stream().map(post -> post.header().get("nonce"))).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("N6 FT2 badNonce without a nonce asks newNonce")
  void badNonceWithoutNonce() throws Exception {
    ca.on(
        "POST /account/1",
        problem(400, "badNonce", "no").setHeader("X-No-Nonce", "1"),
        json(200, "{\"status\":\"valid\"}"));

    account.fetch();

    assertThat(ca.log())
        .containsExactly(
            "GET /directory",
            "HEAD /newNonce",
            "POST /account/1",
            "HEAD /newNonce",
            "POST /account/1");
  }

  @Test
  @DisplayName("N7 nonces that have been idle for long are dropped")
  void idleNoncesAreDropped() throws Exception {
    account.fetch();

    clock.advance(Duration.ofMinutes(3));
    account.fetch();

    assertThat(ca.log().stream().filter(line -> line.equals("HEAD /newNonce"))).hasSize(2);
    assertThat(ca.posts).hasSize(2);
  }

  @Test
  @DisplayName("N8 FT3 a newNonce that always gives the same nonce converges")
  void cachedNewNonce() throws Exception {
    ca.on("HEAD /newNonce", new MockResponse.Builder().code(200).setHeader("Replay-Nonce", "same"));
    account.fetch();
    clock.advance(Duration.ofMinutes(3)); // the pool is empty, and "same" is used up
    ca.refuseNonces(number -> number == 2);

    account.fetch();

    assertThat(ca.posts).hasSize(2);
  }

  @Test
  @Tag("N2")
  void thePoolIsBoundedAndPrefersTheNewest() {
    NoncePool pool = new NoncePool(clock, NoncePool.WORTH_WAITING);
    for (int i = 0; i < 1_000; i++) {
      pool.add("n" + i);
    }

    assertThat(pool.take()).isEqualTo("n999");
    int count = 1;
    while (pool.take() != null) {
      count++;
    }
    assertThat(count).isEqualTo(256);
  }

  @Test
  @Tag("N2")
  void aClockThatWasSetBackEmptiesThePool() {
    NoncePool pool = new NoncePool(clock, NoncePool.WORTH_WAITING);
    pool.add("n1");

    clock.advance(Duration.ofDays(-1));

    assertThat(pool.take()).isNull();
  }
}
