package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlowTest {
  private final Deque<Runnable> later = new ArrayDeque<>();
  private final TestCa ca =
      TestCa.builder().preAuthorization().scheduler((delay, task) -> later.add(task)).start();
  private final AcmeClient client = new AcmeClient(ca).register();

  FlowTest() {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private String status(AcmeClient.Reply order) {
    return client.read(order.header("Location")).text("status");
  }

  @Test
  void anOrderIsBornReady() {
    ca.flow().ordersAreBornReady();

    AcmeClient.Reply order = client.order("a.example.com", "*.example.com");

    assertThat(order.text("status")).isEqualTo("ready");
    assertThat(client.read(order.strings("authorizations").get(0)).text("status"))
        .isEqualTo("valid");
    assertThat(client.finish(order, AcmeClient.ec(), "a.example.com", "*.example.com").status())
        .isEqualTo(200);
  }

  @Test
  void anOrderIsBornValid() {
    client.obtain("a.example.com");
    X509Certificate earlier = ca.issued().get(0);
    ca.flow().ordersAreBornValid();

    AcmeClient.Reply order = client.order("a.example.com");

    assertThat(order.text("status")).isEqualTo("valid");
    assertThat(Csrs.chain(client.read(order.text("certificate")).http().body()).get(0))
        .isEqualTo(earlier);
    assertThat(client.order("b.example.com").text("status")).isEqualTo("pending");
  }

  @Test
  void anOrderStaysProcessingUntilItIsReleased() {
    ca.flow().holdIssuance();
    AcmeClient.Reply order = client.readyOrder("a.example.com");

    client.finish(order, AcmeClient.ec(), "a.example.com");
    assertThat(status(order)).isEqualTo("processing");

    ca.flow().releaseIssuance();
    assertThat(status(order)).isEqualTo("valid");
  }

  private Map<String, Object> answer(AcmeClient.Reply order) {
    Map<String, Object> challenge = client.challenge(order, "dns-01");
    String value = client.keyAuthorization((String) challenge.get("token"));
    ca.dns().txt("_acme-challenge.a.example.com", AcmeClient.base64(AcmeClient.sha256(value)));
    client.post((String) challenge.get("url"), "{}");
    return challenge;
  }

  @Test
  void aValidationIsHeldUntilItIsReleased() {
    ca.flow().holdValidation();
    AcmeClient.Reply order = client.order("a.example.com");

    answer(order);
    assertThat(status(order)).isEqualTo("pending");

    ca.flow().releaseValidation();
    assertThat(status(order)).isEqualTo("ready");
  }

  @Test
  void aFailedAuthorizationMayStayPending() {
    ca.flow().failedAuthorizationsStayPending();
    ca.dns().servfail("_acme-challenge.a.example.com");
    AcmeClient.Reply order = client.order("a.example.com");

    Map<String, Object> challenge = answer(order);

    assertThat(client.read((String) challenge.get("url")).text("status")).isEqualTo("invalid");
    assertThat(status(order)).isEqualTo("pending");
  }

  @Test
  @SuppressWarnings("unchecked")
  void aFailedValidationIsTriedAgain() {
    ca.flow().validationRetries(2, Duration.ofSeconds(5));
    ca.dns().servfail("_acme-challenge.a.example.com");
    AcmeClient.Reply order = client.order("a.example.com");

    Map<String, Object> challenge = answer(order);

    AcmeClient.Reply waiting = client.read((String) challenge.get("url"));
    assertThat(waiting.text("status")).isEqualTo("processing");
    assertThat((Map<String, Object>) waiting.json().get("error")).containsKey("detail");
    assertThat(waiting.header("Retry-After")).isEqualTo("5");
    assertThat(status(order)).isEqualTo("pending");

    later.remove().run();
    assertThat(status(order)).isEqualTo("pending");

    ca.dns().heal("_acme-challenge.a.example.com");
    later.remove().run();
    assertThat(status(order)).isEqualTo("ready");
    assertThat(later).isEmpty();
  }

  @Test
  void retriesEnd() {
    ca.flow().validationRetries(1, Duration.ofSeconds(5));
    ca.dns().servfail("_acme-challenge.a.example.com");
    AcmeClient.Reply order = client.order("a.example.com");
    answer(order);

    later.remove().run();

    assertThat(status(order)).isEqualTo("invalid");
    assertThat(later).isEmpty();
  }

  @Test
  void aClientMayAskForARetry() {
    ca.flow().validationRetries(1, Duration.ofSeconds(5));
    ca.dns().servfail("_acme-challenge.a.example.com");
    AcmeClient.Reply order = client.order("a.example.com");
    Map<String, Object> challenge = answer(order);
    assertThat(client.post((String) challenge.get("url"), "{}").text("status"))
        .isEqualTo("processing");

    ca.dns().heal("_acme-challenge.a.example.com");
    AcmeClient.Reply reply = client.post((String) challenge.get("url"), "{}");

    assertThat(reply.text("status")).isEqualTo("valid");
    later.remove().run();
    assertThat(status(order)).isEqualTo("ready");
  }

  @Test
  void aShareOfTheAuthorizationsIsReused() {
    client.obtain("a.example.com");
    ca.flow().reuseAuthorizations(0.5);
    int ready = 0;
    for (int i = 0; i < 40; i++) {
      ready += client.order("a.example.com").text("status").equals("ready") ? 1 : 0;
    }

    assertThat(ready).isBetween(8, 32);
  }

  @Test
  void aNameIsAuthorizedAheadOfItsOrder() {
    AcmeClient.Reply authorization =
        client.post(
            client.url("newAuthz"),
            "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.example.com\"}}");
    assertThat(authorization.status()).isEqualTo(201);
    String url = authorization.header("Location");
    Map<String, Object> challenge = client.challenges(url, "dns-01");
    String value = client.keyAuthorization((String) challenge.get("token"));
    ca.dns().txt("_acme-challenge.a.example.com", AcmeClient.base64(AcmeClient.sha256(value)));
    client.post((String) challenge.get("url"), "{}");

    AcmeClient.Reply order = client.order("a.example.com");

    assertThat(order.text("status")).isEqualTo("ready");
    assertThat(order.strings("authorizations")).containsExactly(url);
  }

  @Test
  void wildcardsAreNotAuthorizedAhead() {
    AcmeClient.Reply reply =
        client.post(
            client.url("newAuthz"),
            "{\"identifier\":{\"type\":\"dns\",\"value\":\"*.example.com\"}}");

    assertThat(reply.problem()).isEqualTo("malformed");
  }

  @Test
  void withoutPreAuthorizationThereIsNoSuchResource() {
    try (TestCa plain = TestCa.start()) {
      AcmeClient visitor = new AcmeClient(plain).register();

      assertThat(visitor.url("newAuthz")).isNull();
      assertThat(visitor.read(plain.directory().resolve("/prove-first").toString()).status())
          .isEqualTo(404);
    }
  }

  @Test
  void resourcesHaveTheirOwnRetryAfter() {
    ca.retryAfter(RetryAfter.text("soon", "-1"), Endpoint.AUTHORIZATION);
    ca.retryAfter(Duration.ofSeconds(3));
    ca.retryAfter(RetryAfter.text("soon", "-1"), Endpoint.AUTHORIZATION);
    AcmeClient.Reply order = client.order("a.example.com");

    AcmeClient.Reply authorization = client.read(order.strings("authorizations").get(0));

    assertThat(client.read(order.header("Location")).header("Retry-After")).isEqualTo("3");
    assertThat(authorization.http().headers().allValues("Retry-After"))
        .containsExactly("soon", "-1");
  }

  @Test
  void aProfileComesChangesAndGoes() {
    String profile = ",\"profile\":\"short\"";
    String newOrder = client.url("newOrder");
    assertThat(client.post(newOrder, AcmeClient.orderPayload(profile, "a.example.com")).problem())
        .isEqualTo("invalidProfile");

    ca.profile("short", Duration.ofDays(6));
    ca.profile("short", Duration.ofHours(1));
    client.obtain(
        client.post(newOrder, AcmeClient.orderPayload(profile, "a.example.com")), "a.example.com");
    X509Certificate leaf = ca.issued().get(0);
    assertThat(Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()))
        .isEqualTo(Duration.ofHours(1).plusSeconds(1));

    ca.removeProfile("short");
    assertThat(client.post(newOrder, AcmeClient.orderPayload(profile, "a.example.com")).problem())
        .isEqualTo("invalidProfile");
  }
}
