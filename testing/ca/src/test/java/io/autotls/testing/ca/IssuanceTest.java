package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IssuanceTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2031-05-06T07:08:09Z"));
  private TestCa ca = TestCa.builder().time(now::get).profiles(profiles()).start();
  private AcmeClient client = new AcmeClient(ca).register();

  private static Map<String, Duration> profiles() {
    return Map.of("shortlived", Duration.ofHours(160));
  }

  private void restart(TestCaBuilder builder) {
    ca.close();
    ca = builder.start();
    client = new AcmeClient(ca).register();
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private X509Certificate obtain(String... names) {
    return Csrs.chain(client.obtain(names).http().body()).get(0);
  }

  @Test
  void aChainLeadsFromTheLeafToTheRoot() throws Exception {
    List<X509Certificate> chain =
        Csrs.chain(client.obtain("a.example.com", "*.example.com").http().body());

    assertThat(chain).hasSize(2);
    chain.get(0).verify(chain.get(1).getPublicKey());
    chain.get(1).verify(ca.root().getPublicKey());
    assertThat(chain.get(0).getSubjectAlternativeNames())
        .extracting(name -> name.get(1).toString())
        .containsExactlyInAnyOrder("a.example.com", "*.example.com");
  }

  @Test
  void theClockOfTheTestIsTheClockOfTheCa() {
    X509Certificate leaf = obtain("a.example.com");

    assertThat(leaf.getNotBefore().toInstant()).isEqualTo(now.get().minusSeconds(1));
    assertThat(leaf.getNotAfter().toInstant()).isEqualTo(now.get().plus(90, ChronoUnit.DAYS));
  }

  @Test
  void theLifetimeCanBeChangedWhileTheCaRuns() {
    ca.certificateLifetime(Duration.ofSeconds(20));

    assertThat(obtain("a.example.com").getNotAfter().toInstant())
        .isEqualTo(now.get().plusSeconds(20));
  }

  @Test
  void aProfileHasItsOwnLifetime() {
    AcmeClient.Reply order =
        client.post(
            client.url("newOrder"),
            AcmeClient.orderPayload(",\"profile\":\"shortlived\"", "a.example.com"));
    AcmeClient.Reply pem = client.obtain(order, "a.example.com");

    assertThat(Csrs.chain(pem.http().body()).get(0).getNotAfter().toInstant())
        .isEqualTo(now.get().plus(Duration.ofHours(160)));
    assertThat(ca.orders().get(0).profile()).contains("shortlived");
  }

  @Test
  void finalizeAnswersProcessingWithoutALocation() {
    ca.issuanceDelay(Duration.ofDays(1));
    AcmeClient.Reply order = client.readyOrder("a.example.com");

    AcmeClient.Reply reply = client.finish(order, AcmeClient.ec(), "a.example.com");

    assertThat(reply.text("status")).isEqualTo("processing");
    assertThat(reply.header("Location")).isNull();
  }

  @Test
  void inRequestEverythingIsFinalAtOnce() {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    AcmeClient.Reply order = client.readyOrder("a.example.com");

    AcmeClient.Reply reply = client.finish(order, AcmeClient.ec(), "a.example.com");

    assertThat(reply.text("status")).isEqualTo("valid");
    assertThat(reply.text("certificate")).isNotEmpty();
  }

  @Test
  void delaysPassOnTheSchedulerOfTheTest() {
    AtomicReference<Runnable> later = new AtomicReference<>();
    restart(TestCa.builder().scheduler((delay, task) -> later.set(task)));
    AcmeClient.Reply order = client.readyOrder("a.example.com");
    ca.issuanceDelay(Duration.ofHours(1));
    client.finish(order, AcmeClient.ec(), "a.example.com");
    assertThat(client.read(order.header("Location")).text("status")).isEqualTo("processing");

    later.get().run();

    assertThat(client.read(order.header("Location")).text("status")).isEqualTo("valid");
  }

  @Test
  void anUnansweredOrderExpires() {
    AcmeClient.Reply order = client.order("a.example.com");

    now.updateAndGet(t -> t.plus(2, ChronoUnit.DAYS));

    assertThat(client.post(order.header("Location"), "").problem()).isEqualTo("badNonce");
    assertThat(client.read(order.header("Location")).text("status")).isEqualTo("invalid");
  }

  @Test
  void alternateChainsLeadToAlternateRoots() throws Exception {
    restart(TestCa.builder().intermediates(3).alternateRoots(1));
    AcmeClient.Reply pem = client.obtain("a.example.com");
    String link =
        pem.links().stream().filter(l -> l.contains("\"alternate\"")).findFirst().orElseThrow();
    List<X509Certificate> other =
        Csrs.chain(client.read(link.substring(1, link.indexOf('>'))).http().body());

    assertThat(Csrs.chain(pem.http().body())).hasSize(4);
    assertThat(other).hasSize(4);
    other.get(3).verify(ca.roots().get(1).getPublicKey());
    for (int i = 0; i < 3; i++) {
      other.get(i).verify(other.get(i + 1).getPublicKey());
    }
  }

  @Test
  void equalOrdersAreReusedOnlyIfAskedFor() {
    assertThat(client.order("a.example.com").header("Location"))
        .isNotEqualTo(client.order("a.example.com").header("Location"));

    restart(TestCa.builder().reuseOrders());

    assertThat(client.order("a.example.com").header("Location"))
        .isEqualTo(client.order("a.example.com").header("Location"));
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  void validAuthorizationsAreReusedOnlyIfAskedFor() {
    restart(TestCa.builder().reuseAuthorizations());
    client.obtain("a.example.com");

    assertThat(client.order("a.example.com").text("status")).isEqualTo("ready");
  }

  @Test
  void whatHappenedIsRecorded() {
    X509Certificate leaf = obtain("a.example.com");

    assertThat(ca.issued()).containsExactly(leaf);
    assertThat(ca.orders().get(0).certificate()).contains(leaf);
    assertThat(ca.accounts()).hasSize(1);
    assertThat(ca.requests(Endpoint.NEW_ORDER))
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.status()).hasValue(201);
              assertThat(request.kid()).contains(client.kid);
              assertThat(request.payload()).contains("a.example.com");
            });
  }
}
