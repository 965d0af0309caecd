package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.html;
import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.AcmeNetworkException.Kind;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.Headers;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TransportTest {
  private static final KeyPair KEY = AcmeKeys.generate();
  private static final String ACCOUNT = "{\"status\":\"valid\"}";

  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().build();
  private final AcmeAccount account = client.account(KEY, ca.account(KEY));

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName("T1 FT15 a CA that is not trusted is named, with what to do, and asked nothing")
  void untrusted() {
    try (AcmeClient stranger = AcmeClient.builder(ca.url("/directory")).build()) {
      assertThatThrownBy(stranger::directory)
          .isInstanceOfSatisfying(
              AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNTRUSTED))
          .hasMessageContaining("127.0.0.1")
          .hasMessageContaining("not trusted")
          .hasMessageContaining("trustedRoots");
    }
    assertThat(ca.log()).isEmpty();
  }

  @Test
  @DisplayName("T1 FT15 a certificate for another host is refused, though its root is trusted")
  void wrongHost() {
    try (ScriptedCa other = new ScriptedCa("ca.example");
        AcmeClient stranger = other.client().build()) {
      assertThatThrownBy(stranger::directory)
          .isInstanceOfSatisfying(
              AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNTRUSTED));
      assertThat(other.log()).isEmpty();
    }
  }

  @Test
  @DisplayName("T1 plain http is refused, for the directory and for all that it names")
  void httpsOnly() {
    assertThatThrownBy(() -> AcmeClient.builder(URI.create("http://127.0.0.1/directory")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("https");
    ca.on(
        "GET /directory",
        json(200, ca.directory().replace(ca.url("/newOrder").toString(), "http://127.0.0.1/o")));
    assertThatThrownBy(client::directory)
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("newOrder");
  }

  @Test
  @DisplayName("T1 plain http is refused for an order that somebody stored")
  void httpsOnlyForStoredUrls() {
    KeyPair key = AcmeKeys.generate();
    AcmeAccount account = client.account(key, ca.account(key));

    assertThatThrownBy(() -> account.order(URI.create("http://127.0.0.1/order/1?jwt=s3cret")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("https")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  @DisplayName("T2 T3 the headers name the application, AutoTls, the HTTP library and the language")
  @Tag("T4")
  @Tag("T5")
  void headers() throws Exception {
    try (AcmeClient named =
        ca.client()
            .userAgent("Shop/3.1 (ops@example.com)")
            .acceptLanguage(Locale.GERMANY)
            .build()) {
      named.directory();
    }

    Headers headers = ca.requests.get(0).getHeaders();
    assertThat(headers.get("User-Agent"))
        .matches("Shop/3\\.1 \\(ops@example\\.com\\) AutoTls/\\S+ okhttp/5\\.\\S+");
    assertThat(headers.get("Accept-Language")).isEqualTo("de-DE");
    assertThatThrownBy(() -> ca.client().userAgent("x\r\nEvil: 1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("T6 T10 HTTP/2 where the CA has it, else HTTP/1.1")
  void protocols() throws Exception {
    try (ScriptedCa old = new ScriptedCa().speakHttp1();
        AcmeClient other = old.client().build()) {
      client.directory();
      other.directory();

      assertThat(ca.requests.get(0).getVersion()).isEqualTo("HTTP/2");
      assertThat(old.requests.get(0).getVersion()).isEqualTo("HTTP/1.1");
    }
  }

  @Test
  @DisplayName("T9 a redirect of a signed request is not followed")
  void redirectsOfPostsAreNotFollowed() {
    for (int status : List.of(301, 302, 303, 307, 308)) {
      ca.on(
          "POST /account/1",
          new MockResponse.Builder().code(status).setHeader("Location", ca.url("/elsewhere")));

      assertThatThrownBy(account::fetch)
          .isInstanceOf(AcmeServerException.class)
          .hasMessageContaining("redirect");
    }
    assertThat(ca.log()).noneMatch(line -> line.contains("elsewhere"));
  }

  @Test
  @DisplayName("T9 a redirect of the directory is followed")
  void redirectOfTheDirectoryIsFollowed() throws Exception {
    ca.on(
        "GET /directory",
        new MockResponse.Builder().code(301).setHeader("Location", ca.url("/moved")));
    ca.on("GET /moved", json(200, ca.directory()));

    client.directory();

    assertThat(ca.log()).containsExactly("GET /directory", "GET /moved");
  }

  @Test
  @DisplayName("redirects that lead in a circle end there")
  void redirectsInACircle() {
    ca.on("GET /directory", redirect(ca.url("/other")));
    ca.on("GET /other", redirect(ca.url("/directory")));

    assertThatThrownBy(client::directory)
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("307, a redirect that leads in a circle");
    assertThat(ca.log()).containsExactly("GET /directory", "GET /other");
  }

  @Test
  @DisplayName("redirects without end cost four requests")
  void redirectsWithoutEnd() {
    ca.on("GET /directory", redirect(ca.url("/1")));
    for (int i = 1; i < 10; i++) {
      ca.on("GET /" + i, redirect(ca.url("/" + (i + 1))));
    }

    assertThatThrownBy(client::directory).hasMessageContaining("redirect after 3 others");
    assertThat(ca.log()).containsExactly("GET /directory", "GET /1", "GET /2", "GET /3");
  }

  @Test
  @DisplayName("T1 a redirect to plain HTTP, or to nowhere, is not followed")
  void redirectsAwayFromHttps() {
    for (String target : List.of("http://127.0.0.1:1/directory", "ftp://x/", "https://a b/", "")) {
      ca.on("GET /directory", redirect(target));

      assertThatThrownBy(client::directory)
          .isInstanceOf(AcmeServerException.class)
          .hasMessageContaining("redirect");
    }
    assertThat(ca.log()).hasSize(4);
  }

  @Test
  @DisplayName("the directory may have moved to another host, what it names may not")
  void redirectsToAnotherHost() throws Exception {
    try (ScriptedCa other = new ScriptedCa();
        AcmeClient both = ca.client().trustedRoots(List.of(ca.pki.root, other.pki.root)).build()) {
      ca.on("GET /directory", redirect(other.url("/directory")));
      other.on("HEAD /newNonce", redirect(ca.url("/newNonce")));

      assertThat(both.directory().newNonceUrl()).isEqualTo(other.url("/newNonce"));
      assertThatThrownBy(() -> both.register(KEY, NewAccount.builder().build()))
          .hasMessageContaining("a redirect to another host, 127.0.0.1");
      assertThat(ca.log()).containsExactly("GET /directory");
    }
  }

  private static MockResponse.Builder redirect(Object target) {
    return new MockResponse.Builder().code(307).setHeader("Location", target.toString());
  }

  @Test
  @DisplayName("T10 FT10 an answer of more than 1 MiB is not read to its end")
  void tooLarge() {
    ca.on("POST /account/1", json(200, "{\"a\":\"" + "x".repeat(3 << 20) + "\"}"));

    assertThatThrownBy(account::fetch)
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("1 MiB");
  }

  @Test
  @DisplayName("T10 FT10 a gzip bomb is not inflated")
  void gzipBomb() throws Exception {
    Buffer bomb = new Buffer();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bomb.outputStream())) {
      for (int i = 0; i < 256; i++) {
        gzip.write(new byte[1 << 20]);
      }
    }
    ca.on(
        "POST /account/1",
        new MockResponse.Builder().code(200).setHeader("Content-Encoding", "gzip").body(bomb));

    assertThatThrownBy(account::fetch)
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("1 MiB");
  }

  @Test
  @DisplayName("T10 FT11 a server that never answers meets the deadline")
  void deadline() {
    ca.speakHttp1();
    ca.on(
        "GET /directory", new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE));
    try (AcmeClient hasty = ca.client().callTimeout(Duration.ofMillis(300)).build()) {
      assertThatThrownBy(hasty::directory)
          .isInstanceOfSatisfying(
              AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
          .hasMessageContaining("took too long");
    }
  }

  @Test
  @DisplayName("FT11 R6 close ends what is under way")
  void closeCancels() throws Exception {
    ca.speakHttp1();
    CountDownLatch asked = new CountDownLatch(1);
    ca.onPost(
        "/account/1",
        post -> {
          asked.countDown();
          return new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE);
        });
    CompletableFuture<AccountInfo> fetch =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return account.fetch();
              } catch (AcmeException e) {
                throw new CompletionException(e);
              }
            });
    asked.await();

    client.close();

    assertThatThrownBy(fetch::get)
        .cause()
        .isInstanceOfSatisfying(
            AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
    assertThatThrownBy(account::fetch).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("R6 an interrupt ends a call over HTTP/2, and the thread stays interrupted")
  void interruptible() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    ca.onPost(
        "/account/1",
        post -> {
          asked.countDown();
          awaitQuietly(released);
          return json(200, ACCOUNT);
        });
    AtomicReference<Object> outcome = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                account.fetch();
              } catch (AcmeNetworkException e) {
                outcome.set(e.kind() + " " + Thread.currentThread().isInterrupted());
              } catch (AcmeException e) {
                outcome.set(e);
              }
            });
    thread.start();
    asked.await();

    thread.interrupt();
    thread.join(10_000);
    released.countDown();

    assertThat(outcome.get()).isEqualTo("CANCELLED true");
  }

  @Test
  @DisplayName("T10 nobody there: unreachable, and nothing was asked")
  void unreachable() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (AcmeClient lost =
        AcmeClient.builder(URI.create("https://127.0.0.1:" + port + "/directory")).build()) {
      assertThatThrownBy(lost::directory)
          .isInstanceOfSatisfying(
              AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
          .hasMessageContaining("Nothing was asked");
    }
  }

  @Test
  @DisplayName("T10 proxies are asked for every connection")
  @Tag("PD46")
  void proxies() throws Exception {
    AtomicReference<URI> asked = new AtomicReference<>();
    ProxySelector selector =
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            asked.set(uri);
            return List.of(Proxy.NO_PROXY);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException e) {}
        };
    try (AcmeClient proxied = ca.client().proxySelector(selector).build()) {
      proxied.directory();
    }

    assertThat(asked.get().getPort()).isEqualTo(ca.url("/").getPort());
  }

  @Test
  @DisplayName("N5 a dead pooled connection: a read is signed again, a write is reported")
  @Tag("PD41")
  void stalePooledConnections() throws Exception {
    ca.speakHttp1();
    MockResponse.Builder reset =
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket());
    ca.on("POST /account/1", json(200, ACCOUNT), reset, json(200, ACCOUNT), reset);
    account.fetch();

    account.fetch();
    assertThat(ca.posts).hasSize(3);
    assertThat(ca.posts.stream().map(post -> post.header().get("nonce"))).doesNotHaveDuplicates();

    assertThatThrownBy(() -> account.update(List.of()))
        .isInstanceOfSatisfying(
            AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BROKEN));
    assertThat(ca.posts).hasSize(4);
  }

  @Test
  @DisplayName("FT9 an answer that is cut off on the way is no answer")
  void cutOffBody() {
    ca.speakHttp1();
    ca.on(
        "POST /account/1",
        json(200, ACCOUNT + " ".repeat(100_000)).onResponseBody(new SocketEffect.CloseSocket()));

    assertThatThrownBy(account::fetch)
        .isInstanceOfSatisfying(
            AcmeNetworkException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BROKEN));
  }

  @Test
  @DisplayName("D1 T11 the query of the directory is kept, and is in no message")
  void queryOfTheDirectory() throws Exception {
    URI withQuery = URI.create(ca.url("/directory") + "?key=s3cret");
    ca.on(
        "GET /directory?key=s3cret", json(200, ca.directory()), problem(500, "serverInternal", ""));
    try (AcmeClient first = AcmeClient.builder(withQuery).trustedRoots(roots()).build();
        AcmeClient second = AcmeClient.builder(withQuery).trustedRoots(roots()).build()) {
      first.directory();
      assertThatThrownBy(second::directory).hasMessageNotContaining("s3cret");
      assertThat(second.toString()).doesNotContain("s3cret");
    }
  }

  @Test
  void htmlIsReportedByItsStatusAndNothingElse() {
    ca.on("POST /account/1", html(502));

    assertThatThrownBy(account::fetch)
        .isInstanceOfSatisfying(
            AcmeServerException.class, e -> assertThat(e.status()).isEqualTo(502))
        .hasMessageContaining("502")
        .hasMessageContaining("text/html")
        .hasMessageNotContaining("<h1>");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<X509Certificate> roots() {
    return Stream.of(ca.pki.root).toList();
  }
}
