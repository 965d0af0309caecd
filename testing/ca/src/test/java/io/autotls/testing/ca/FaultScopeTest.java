package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.ca.internal.http.HttpDate;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultScopeTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2031-05-06T07:08:09Z"));
  private final TestCa ca = TestCa.builder().time(now::get).start();
  private final AcmeClient client = new AcmeClient(ca).register();

  @AfterEach
  void stop() {
    ca.close();
  }

  @Test
  void aConditionChoosesTheRequests() {
    ca.on(Endpoint.NEW_ORDER)
        .when(request -> request.payload().contains("bad.example.com"))
        .always()
        .fail(500, "serverInternal", "not this one");

    assertThat(client.order("good.example.com").status()).isEqualTo(201);
    assertThat(client.order("bad.example.com").status()).isEqualTo(500);
    assertThat(client.order("bad.example.com").status()).isEqualTo(500);
  }

  @Test
  void newNonceMayDislikeHead() {
    String newNonce = client.url("newNonce");
    ca.on(Endpoint.NEW_NONCE)
        .when(request -> request.method().equals("HEAD"))
        .always()
        .answer(405, "text/plain", "");

    HttpRequest head =
        HttpRequest.newBuilder(URI.create(newNonce))
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .build();

    assertThat(client.send(head).status()).isEqualTo(405);
    assertThat(client.get(newNonce).status()).isEqualTo(204);
  }

  @Test
  void anOutageLastsOnTheClockOfTheTest() {
    ca.on(Endpoint.DIRECTORY).lasting(Duration.ofHours(1)).answer(404, "text/html", "gone");
    String directory = ca.directory().toString();
    assertThat(client.get(directory).status()).isEqualTo(404);

    now.updateAndGet(t -> t.plus(Duration.ofMinutes(59)));
    assertThat(client.get(directory).status()).isEqualTo(404);

    now.updateAndGet(t -> t.plus(Duration.ofMinutes(1)));
    assertThat(client.get(directory).status()).isEqualTo(200);
  }

  @Test
  void whatIsCountedComesBeforeWhatLasts() {
    ca.on(Endpoint.NEW_ORDER).always().setHeaders("X-Lasting", "yes");
    ca.on(Endpoint.NEW_ORDER).fail(503, "serverInternal", "once");

    assertThat(client.order("a.example.com").status()).isEqualTo(503);
    assertThat(client.order("a.example.com").header("X-Lasting")).isEqualTo("yes");
  }

  @Test
  void eachEndpointFailsOnceInTurn() {
    ca.onEach().fail(ProblemDocument.unavailable(Duration.ofSeconds(1)));

    for (String url : List.of(ca.directory().toString(), client.url("newNonce"))) {
      assertThat(client.get(url).status()).isEqualTo(503);
      assertThat(client.get(url).status()).isLessThan(300);
    }
    assertThat(client.order("a.example.com").header("Retry-After")).isEqualTo("1");
    assertThat(client.order("a.example.com").status()).isEqualTo(201);
    assertThat(client.read(client.kid).status()).isEqualTo(503);
    assertThat(client.read(client.kid).status()).isEqualTo(200);
  }

  @Test
  void aRequestBeforeItsTimeIsImpatient() {
    ca.on(Endpoint.NEW_ORDER).fail(ProblemDocument.rateLimited(Duration.ofHours(1)));
    client.order("a.example.com");

    client.order("b.example.com");
    assertThat(ca.impatientRequests()).isEmpty();

    client.order("a.example.com");
    assertThat(ca.impatientRequests())
        .singleElement()
        .satisfies(r -> assertThat(r.earliest()).hasValue(now.get().plusSeconds(3600)));
  }

  @Test
  void aRequestAtItsTimeIsPatientWhateverTheClockOfTheCaShows() {
    ca.clockSkew(Duration.ofMinutes(-10));
    for (DateForm form : DateForm.values()) {
      ca.on(Endpoint.NEW_ORDER)
          .fail(
              ProblemDocument.of(429, "rateLimited", "later")
                  .retryAfter(RetryAfter.date(Duration.ofMinutes(1), form)));
      AcmeClient.Reply refused = client.order("a.example.com");
      assertThat(HttpDate.parse(refused.header("Date"))).hasValue(now.get().minusSeconds(600));

      now.updateAndGet(t -> t.plusSeconds(60));
      client.order("a.example.com");
    }

    assertThat(ca.impatientRequests()).isEmpty();
    assertThat(ca.requests(Endpoint.NEW_ORDER).get(5).earliest()).hasValue(now.get());
  }

  @Test
  void datesHaveThreeForms() {
    RetryAfter[] forms = {
      RetryAfter.date(Duration.ofSeconds(3), DateForm.IMF_FIXDATE),
      RetryAfter.date(Duration.ofSeconds(3), DateForm.RFC_850),
      RetryAfter.date(Duration.ofSeconds(3), DateForm.ASCTIME)
    };

    assertThat(forms)
        .extracting(form -> form.values(now.get()).get(0))
        .containsExactly(
            "Tue, 06 May 2031 07:08:12 GMT",
            "Tuesday, 06-May-31 07:08:12 GMT",
            "Tue May  6 07:08:12 2031");
  }

  @Test
  void onlyTheLastRequestsAreKeptIfSo() {
    try (TestCa forgetful = TestCa.builder().keepRequests(2).start()) {
      AcmeClient visitor = new AcmeClient(forgetful);
      for (int i = 0; i < 20; i++) {
        visitor.get(forgetful.directory().toString());
      }

      assertThat(forgetful.requests()).hasSizeBetween(2, 4).allMatch(r -> r.status().isPresent());
    }
  }
}
