package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultTest {
  private final AtomicReference<Runnable> later = new AtomicReference<>();
  private final CompletableFuture<Duration> delayed = new CompletableFuture<>();
  private final TestCa ca =
      TestCa.builder()
          .scheduler(
              (delay, task) -> {
                later.set(task);
                delayed.complete(delay);
              })
          .start();
  private final AcmeClient client = new AcmeClient(ca).register();

  @AfterEach
  void stop() {
    ca.close();
  }

  @Test
  void aFaultHitsTheNextRequestOnce() {
    ca.on(Endpoint.NEW_ORDER).fail(429, "rateLimited", "too many", "Retry-After", "3600");

    AcmeClient.Reply refused = client.order("a.example.com");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.problem()).isEqualTo("rateLimited");
    assertThat(refused.header("Retry-After")).isEqualTo("3600");
    assertThat(refused.header("Replay-Nonce")).isNotEmpty();
    assertThat(ca.orders()).isEmpty();
    assertThat(client.order("a.example.com").status()).isEqualTo(201);
  }

  @Test
  void faultsAreCounted() {
    ca.on(Endpoint.NEW_ORDER).skip(1).times(2).answer(502, "text/html", "<h1>Bad Gateway</h1>");

    assertThat(client.order("a.example.com").status()).isEqualTo(201);
    assertThat(client.order("a.example.com").status()).isEqualTo(502);
    assertThat(client.order("a.example.com").status()).isEqualTo(502);
    assertThat(client.order("a.example.com").status()).isEqualTo(201);
  }

  @Test
  void faultsEndWhenTheCaIsHealed() {
    ca.onAny().always().fail(503, "serverInternal", "down");
    assertThat(client.order("a.example.com").status()).isEqualTo(503);

    ca.heal();

    assertThat(client.order("a.example.com").status()).isEqualTo(201);
  }

  @Test
  void aConnectionIsDroppedBeforeProcessing() {
    ca.on(Endpoint.NEW_ORDER).always().dropConnection();

    assertThatThrownBy(() -> client.order("a.example.com"))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(ca.orders()).isEmpty();
    assertThat(ca.requests(Endpoint.NEW_ORDER)).allMatch(request -> request.status().isEmpty());
  }

  @Test
  void aConnectionIsDroppedAfterProcessing() {
    ca.on(Endpoint.NEW_ORDER).dropAfterProcessing();

    assertThatThrownBy(() -> client.order("a.example.com"))
        .isInstanceOf(UncheckedIOException.class);

    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  void aBodyIsCut() {
    ca.on(Endpoint.NEW_ORDER).cutBody(10);

    assertThatThrownBy(() -> client.order("a.example.com"))
        .isInstanceOf(UncheckedIOException.class)
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void aResponseIsRewritten() {
    ca.on(Endpoint.NEW_ORDER).rewriteBody(body -> body.replace("pending", "peculiar"));
    assertThat(client.order("a.example.com").text("status")).isEqualTo("peculiar");

    ca.on(Endpoint.NEW_ORDER).setHeaders("Location", "https://elsewhere.test/");
    assertThat(client.order("a.example.com").header("Location"))
        .isEqualTo("https://elsewhere.test/");

    ca.on(Endpoint.NEW_ORDER).removeHeader("Location");
    assertThat(client.order("a.example.com").header("Location")).isNull();
  }

  @Test
  void aDelayPassesOnTheSchedulerOfTheTest() throws Exception {
    ca.on(Endpoint.NEW_ORDER).delay(Duration.ofHours(1));
    CompletableFuture<AcmeClient.Reply> reply =
        CompletableFuture.supplyAsync(() -> client.order("a.example.com"));

    assertThat(delayed.get(120, TimeUnit.SECONDS)).isEqualTo(Duration.ofHours(1));
    assertThat(reply).isNotDone();
    later.get().run();

    assertThat(reply.get(120, TimeUnit.SECONDS).status()).isEqualTo(201);
  }

  @Test
  void closingEndsARequestThatHangs() throws Exception {
    ca.on(Endpoint.NEW_ORDER).hang();
    CompletableFuture<Throwable> failure =
        CompletableFuture.supplyAsync(() -> client.order("a.example.com"))
            .handle((reply, thrown) -> thrown);

    ca.close();

    assertThat(failure.get(120, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void aShareOfTheNoncesIsRejected() {
    ca.rejectNonces(0.5);
    int bad = 0;
    for (int i = 0; i < 40; i++) {
      AcmeClient.Reply reply = client.read(client.kid);
      bad += reply.status() == 400 && reply.problem().equals("badNonce") ? 1 : 0;
    }

    assertThat(bad).isBetween(8, 32);
  }

  @Test
  void aResponseIsAnEventToWaitFor() throws Exception {
    CompletableFuture<RecordedRequest> next = AcmeClient.next(ca, Endpoint.NEW_ORDER);

    client.order("a.example.com");

    assertThat(next.get(120, TimeUnit.SECONDS).status()).hasValue(201);
  }
}
