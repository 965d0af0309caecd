package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final Duration WEEK = Duration.ofDays(7);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2031-05-06T07:08:09Z"));
  private final TestCa ca = TestCa.builder().time(now::get).start();
  private AcmeClient client = new AcmeClient(ca).register();

  RateLimitTest() {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    ca.flow().ordersAreBornReady();
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private void issue(String... names) {
    AcmeClient.Reply order = client.order(names);
    assertThat(order.status()).isEqualTo(201);
    assertThat(client.finish(order, AcmeClient.ec(), names).text("status")).isEqualTo("valid");
  }

  private void pass(Duration time) {
    now.updateAndGet(t -> t.plus(time));
    client = fresh(client);
  }

  /** The same account with fresh nonces: the old ones age while the clock jumps. */
  private AcmeClient fresh(AcmeClient old) {
    AcmeClient same = new AcmeClient(ca);
    same.key = old.key;
    same.kid = old.kid;
    return same;
  }

  @Test
  void aSetOfNamesIsLimited() {
    ca.limits().certificatesPerNames(2, WEEK);
    issue("a.example.com", "b.example.com");
    issue("b.example.com", "a.example.com");

    AcmeClient.Reply third = client.order("a.example.com", "b.example.com");

    assertThat(third.status()).isEqualTo(429);
    assertThat(third.problem()).isEqualTo("rateLimited");
    assertThat(third.header("Retry-After")).isEqualTo(Long.toString(WEEK.toSeconds() / 2));
    assertThat(ca.limits().violations())
        .singleElement()
        .asString()
        .startsWith("CERTIFICATES_PER_NAMES a.example.com,b.example.com at ");
    assertThat(client.order("a.example.com").status()).isEqualTo(201);
  }

  @Test
  void aLimitFillsAgainEvenly() {
    ca.limits().certificatesPerNames(2, WEEK);
    issue("a.example.com");
    issue("a.example.com");

    pass(WEEK.dividedBy(2).minusSeconds(1));
    assertThat(client.order("a.example.com").status()).isEqualTo(429);

    pass(Duration.ofSeconds(1));
    issue("a.example.com");
    assertThat(client.order("a.example.com").status()).isEqualTo(429);
  }

  @Test
  void aDomainIsLimitedForNewNamesOnly() {
    ca.limits().certificatesPerDomain(2, WEEK);
    issue("a.example.com");
    issue("b.example.com");

    assertThat(client.order("c.example.com").status()).isEqualTo(429);
    assertThat(client.order("c.example.org").status()).isEqualTo(201);
    issue("a.example.com");
  }

  @Test
  void anAccountIsLimited() {
    ca.limits().ordersPerAccount(2, Duration.ofHours(3));
    client.order("a.example.com");
    client.order("b.example.com");

    assertThat(client.order("c.example.com").header("Retry-After")).isEqualTo("5400");
    assertThat(new AcmeClient(ca).register().order("c.example.com").status()).isEqualTo(201);
  }

  @Test
  void registrationsAreLimited() {
    ca.limits().accounts(1, Duration.ofHours(3));
    new AcmeClient(ca).register();
    AcmeClient second = new AcmeClient(ca);

    AcmeClient.Reply reply =
        second.post(second.url("newAccount"), "{\"termsOfServiceAgreed\":true}");

    assertThat(reply.status()).isEqualTo(429);
    assertThat(client.order("a.example.com").status()).isEqualTo(201);
  }

  @Test
  void failedValidationsAreLimited() {
    ca.flow().ordersAreBornPending();
    ca.limits().failedValidations(1, Duration.ofHours(1));
    String url = (String) client.challenge(client.order("a.example.com"), "dns-01").get("url");
    assertThat(client.post(url, "{}").text("status")).isEqualTo("invalid");

    assertThat(client.order("a.example.com").status()).isEqualTo(429);
    assertThat(client.order("b.example.com").status()).isEqualTo(201);
  }

  @Test
  void aReplacementInsideItsWindowIsExempt() {
    ca.limits().letsEncrypt().certificatesPerNames(1, WEEK);
    issue("a.example.com");
    X509Certificate leaf = ca.issued().get(0);
    String replaces = ",\"replaces\":\"" + certId(leaf) + "\"";
    String order = AcmeClient.orderPayload(replaces, "a.example.com");
    ca.renewalInfo().window(leaf, now.get().plusSeconds(60), now.get().plusSeconds(120));
    assertThat(client.post(client.url("newOrder"), order).status()).isEqualTo(429);

    ca.renewalInfo().window(leaf, now.get(), now.get().plusSeconds(120));

    assertThat(client.post(client.url("newOrder"), order).status()).isEqualTo(201);
  }

  private static String certId(X509Certificate leaf) {
    byte[] aki = leaf.getExtensionValue("2.5.29.35");
    BigInteger serial = leaf.getSerialNumber();
    return AcmeClient.base64(Arrays.copyOfRange(aki, 6, aki.length))
        + "."
        + AcmeClient.base64(serial.toByteArray());
  }

  @Test
  void withoutLimitsNothingIsRefused() {
    ca.limits().certificatesPerNames(1, WEEK).off();
    issue("a.example.com");
    issue("a.example.com");

    assertThat(ca.limits().violations()).isEmpty();
  }
}
