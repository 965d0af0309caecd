package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jose4j.json.JsonUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExchangeTest {
  private final TestCa ca =
      TestCa.builder()
          .scheduler(
              (delay, task) -> {
                throw new AssertionError("nothing waits without a socket");
              })
          .start();
  private final AcmeClient client = new AcmeClient(ca);

  @AfterEach
  void stop() {
    ca.close();
  }

  private CaAnswer directory() throws Exception {
    return ca.exchange("GET", ca.directory(), new byte[0], "User-Agent", "test");
  }

  private CaAnswer register() throws Exception {
    String url = client.url("newAccount");
    String body =
        JsonUtil.toJson(
            AcmeClient.sign(client.header(url), "{\"termsOfServiceAgreed\":true}", client.key));
    return ca.exchange(
        "POST",
        URI.create(url),
        body.getBytes(StandardCharsets.UTF_8),
        "User-Agent",
        "test",
        "Content-Type",
        "application/jose+json");
  }

  @Test
  void aRequestIsAnsweredOnTheCallingThread() throws Exception {
    Thread[] thread = new Thread[1];
    ca.listen(request -> thread[0] = Thread.currentThread());

    CaAnswer answer = register();

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.headers()).containsKeys("location", "replay-nonce", "date");
    assertThat(thread[0]).isSameAs(Thread.currentThread());
    assertThat(ca.accounts()).hasSize(1);
    assertThat(ca.requests(Endpoint.NEW_ACCOUNT)).hasSize(1);
  }

  @Test
  void scriptsConcernItToo() throws Exception {
    ca.on(Endpoint.DIRECTORY).fail(ProblemDocument.unavailable(Duration.ofSeconds(7)));

    CaAnswer answer = directory();

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text()).contains("serverInternal");
    assertThat(answer.headers().get("retry-after")).containsExactly("7");
  }

  @Test
  void aBrokenConnectionIsAnException() {
    ca.on(Endpoint.NEW_ACCOUNT).dropAfterProcessing();
    assertThatThrownBy(this::register).isInstanceOf(SocketException.class);
    assertThat(ca.accounts()).hasSize(1);

    ca.on(Endpoint.DIRECTORY).cutBody(3);
    assertThatThrownBy(this::directory).isInstanceOf(EOFException.class);

    ca.on(Endpoint.DIRECTORY).hang();
    assertThatThrownBy(this::directory).isInstanceOf(SocketTimeoutException.class);

    ca.on(Endpoint.DIRECTORY).endlessBody();
    assertThatThrownBy(this::directory).hasMessageContaining("longer than");
  }

  @Test
  void aDelayIsTheCallersToPass() throws Exception {
    ca.on(Endpoint.DIRECTORY).delay(Duration.ofMinutes(3));

    CaAnswer answer = directory();

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.delay()).isEqualTo(Duration.ofMinutes(3));
  }
}
