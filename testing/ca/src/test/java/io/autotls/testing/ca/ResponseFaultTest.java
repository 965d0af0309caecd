package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResponseFaultTest {
  private final AtomicInteger pauses = new AtomicInteger();
  private final TestCa ca =
      TestCa.builder()
          .scheduler(
              (delay, task) -> {
                pauses.incrementAndGet();
                task.run();
              })
          .start();
  private final AcmeClient client = new AcmeClient(ca).register();

  @AfterEach
  void stop() {
    ca.close();
  }

  @Test
  void aRequestIsProcessedTwice() {
    ca.on(Endpoint.NEW_ORDER).processTwice();

    AcmeClient.Reply second = client.order("a.example.com");

    assertThat(second.problem()).isEqualTo("badNonce");
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  void anAnswerIsSentTwice() throws Exception {
    ca.on(Endpoint.DIRECTORY).answerTwice();

    String received = raw("GET /directory HTTP/1.1", "Connection: close");

    assertThat(received.split("HTTP/1.1 200", -1)).hasSize(3);
  }

  private String raw(String requestLine, String... headers) throws IOException {
    URI base = ca.directory();
    try (SSLSocket socket =
        (SSLSocket)
            ca.httpsContext().getSocketFactory().createSocket("localhost", base.getPort())) {
      String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
      String text =
          requestLine + "\r\nHost: localhost:" + base.getPort() + "\r\nUser-Agent: t\r\n" + more;
      OutputStream out = socket.getOutputStream();
      out.write((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void headerNamesAreInLowerCase() throws Exception {
    ca.on(Endpoint.DIRECTORY).lowerCaseHeaders();

    assertThat(raw("GET /directory HTTP/1.1", "Connection: close"))
        .contains("\r\ncontent-type: application/json\r\n")
        .doesNotContain("Content-Type");
  }

  @Test
  void linksAreJoined() {
    ca.on(Endpoint.CHALLENGE).joinHeaders("Link");
    Map<String, Object> challenge = client.challenge(client.order("a.example.com"), "dns-01");

    AcmeClient.Reply reply = client.read((String) challenge.get("url"));

    assertThat(reply.links()).singleElement().asString().contains(";rel=\"up\", <");
  }

  @Test
  void aHeaderIsThereTwice() {
    ca.on(Endpoint.DIRECTORY).addHeader("Date", "never");

    assertThat(client.get(ca.directory().toString()).http().headers().allValues("Date")).hasSize(2);
  }

  @Test
  void aRedirectIsAnAnswer() {
    ca.on(Endpoint.NEW_ORDER).redirect(307, URI.create("https://elsewhere.test/"));

    AcmeClient.Reply reply = client.order("a.example.com");

    assertThat(reply.status()).isEqualTo(307);
    assertThat(reply.header("Location")).isEqualTo("https://elsewhere.test/");
    assertThat(ca.orders()).isEmpty();
  }

  @Test
  void aProblemMayComeWithoutANonce() {
    ca.on(Endpoint.NEW_ORDER).failWithoutNonce(ProblemDocument.badNonce());

    AcmeClient.Reply reply = client.order("a.example.com");

    assertThat(reply.problem()).isEqualTo("badNonce");
    assertThat(reply.header("Replay-Nonce")).isNull();
  }

  @Test
  void aProblemTellsWhatToDo() {
    URI instance = URI.create("https://ca.test/agree");
    ca.on(Endpoint.NEW_ORDER)
        .fail(ProblemDocument.userActionRequired(instance, URI.create("https://ca.test/terms-2")));

    AcmeClient.Reply reply = client.order("a.example.com");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.text("instance")).isEqualTo(instance.toString());
    assertThat(reply.links())
        .anyMatch(l -> l.equals("<https://ca.test/terms-2>;rel=\"terms-of-service\""));
  }

  @Test
  void aProblemNamesTheNames() {
    ca.on(Endpoint.NEW_ORDER)
        .fail(
            ProblemDocument.of(400, "rejectedIdentifier", "two are bad")
                .about("a.example.com", "rejectedIdentifier", "no")
                .about("192.0.2.1", "malformed", "neither"));

    AcmeClient.Reply reply = client.order("a.example.com");

    assertThat(reply.objects("subproblems"))
        .extracting(p -> p.get("identifier"))
        .containsExactly(
            Map.of("type", "dns", "value", "a.example.com"),
            Map.of("type", "ip", "value", "192.0.2.1"));
  }

  @Test
  void aCacheGivesTheSameNonceAgain() {
    ca.on(Endpoint.NEW_NONCE).always().cacheAnswer();
    String url = client.url("newNonce");

    String first = client.get(url).header("Replay-Nonce");

    assertThat(client.get(url).header("Replay-Nonce")).isEqualTo(first);
  }

  @Test
  void answersOvertakeEachOther() throws Exception {
    ca.on(Endpoint.DIRECTORY).reorder(3);
    Queue<String> answered = new ConcurrentLinkedQueue<>();
    ca.listen(request -> answered.add(request.target()));
    List<CompletableFuture<?>> replies = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      URI url = URI.create(ca.directory() + "?" + i);
      replies.add(CompletableFuture.supplyAsync(() -> unchecked(() -> stream(url))));
      awaitArrivals(i + 1); // the client of the test has read the directory before
    }
    for (CompletableFuture<?> reply : replies) {
      reply.get(120, TimeUnit.SECONDS);
    }

    assertThat(answered).containsExactly("/directory?3", "/directory?2", "/directory?1");
  }

  private static <T> T unchecked(Callable<T> task) {
    try {
      return task.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void awaitArrivals(int requests) {
    while (ca.requests(Endpoint.DIRECTORY).size() < requests) {
      Thread.onSpinWait();
    }
  }

  @Test
  void jsonIsRewritten() {
    ca.on(Endpoint.DIRECTORY).rewriteJson(JsonRewrite.without("meta", "keyChange"));
    assertThat(client.get(ca.directory().toString()).json())
        .doesNotContainKeys("meta", "keyChange")
        .containsKey("newOrder");

    ca.on(Endpoint.DIRECTORY).rewriteJson(JsonRewrite.oddMembers());
    assertThat(client.get(ca.directory().toString()).json())
        .containsKeys("x-array", "x-null", "x-number", "newOrder");
  }

  @Test
  void challengesAreOdd() {
    String authorization = client.order("a.example.com").strings("authorizations").get(0);

    ca.on(Endpoint.AUTHORIZATION).rewriteJson(JsonRewrite.challengesWithoutToken());
    assertThat(client.read(authorization).objects("challenges"))
        .hasSize(3)
        .allMatch(challenge -> !challenge.containsKey("token"));

    ca.on(Endpoint.AUTHORIZATION).rewriteJson(JsonRewrite.emptyErrors());
    assertThat(client.read(authorization).objects("challenges"))
        .allMatch(challenge -> challenge.get("error").equals(Map.of()));

    ca.on(Endpoint.AUTHORIZATION).rewriteJson(JsonRewrite.oddChallengeFirst());
    assertThat(client.read(authorization).objects("challenges")).hasSize(4);

    ca.on(Endpoint.AUTHORIZATION).rewriteJson(JsonRewrite.unknownChallenges());
    assertThat(client.read(authorization).objects("challenges"))
        .allMatch(challenge -> challenge.get("type").equals("carrier-pigeon-01"));
  }

  @Test
  void aBodyTrickles() {
    ca.on(Endpoint.DIRECTORY).trickle(Duration.ofSeconds(1));

    AcmeClient.Reply reply = client.get(ca.directory().toString());

    assertThat(reply.json()).containsKey("newOrder");
    assertThat(pauses.get()).isEqualTo(reply.http().body().length());
  }

  @Test
  void aBodyIsHuge() {
    ca.on(Endpoint.DIRECTORY).hugeBody(5_000_000);

    assertThat(client.get(ca.directory().toString()).http().body()).hasSize(5_000_000);
  }

  @Test
  void aBodyHasNoEnd() throws Exception {
    ca.on(Endpoint.DIRECTORY).endlessBody();

    try (InputStream body = stream(ca.directory()).body()) {
      assertThat(body.readNBytes(10_000_000)).hasSize(10_000_000);
    }
  }

  private HttpResponse<InputStream> stream(URI url) throws Exception {
    HttpClient http = HttpClient.newBuilder().sslContext(ca.httpsContext()).build();
    return http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofInputStream());
  }

  @Test
  void aSmallBodyUnpacksToALargeOne() throws Exception {
    ca.on(Endpoint.DIRECTORY).gzipBomb(50_000_000);

    HttpResponse<InputStream> response = stream(ca.directory());
    byte[] packed = response.body().readAllBytes();

    assertThat(response.headers().firstValue("Content-Encoding")).contains("gzip");
    assertThat(packed.length).isLessThan(100_000);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(packed)).skip(60_000_000))
        .isEqualTo(50_000_000);
  }

  @Test
  void manyConnectionsAreServedAtOnce() {
    List<CompletableFuture<AcmeClient.Reply>> replies = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String name = "n" + i + ".example.com";
      replies.add(CompletableFuture.supplyAsync(() -> new AcmeClient(ca).register().order(name)));
    }

    assertThat(replies).allMatch(reply -> reply.join().status() == 201);
  }

  @Test
  void anEndlessBodyDoesNotKeepTheCaFromClosing() throws Exception {
    ca.on(Endpoint.DIRECTORY).endlessBody();
    InputStream body = stream(ca.directory()).body();

    ca.close();

    assertThatThrownBy(() -> body.transferTo(OutputStream.nullOutputStream()))
        .isInstanceOfAny(IOException.class, UncheckedIOException.class);
  }
}
