package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ValidationTest {
  private final TestCa ca = TestCa.start();
  private final AcmeClient client = new AcmeClient(ca).register();
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private ServerSocket responder;

  ValidationTest() {
    ca.validation(Processing.IN_REQUEST);
  }

  @AfterEach
  void stop() throws IOException {
    ca.close();
    if (responder != null) {
      responder.close();
    }
  }

  /** A connection handler that may fail. */
  private interface Connection {
    void serve(Socket socket) throws Exception;
  }

  private void listen(ServerSocket server, Connection connection) {
    responder = server;
    Thread thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                  connection.serve(socket);
                } catch (Exception e) {
                  seen.add(e.toString());
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static ServerSocket plain() throws IOException {
    return new ServerSocket(0, 10, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  /** Answers http-01; from the request line to the whole response. */
  private void answerHttp(UnaryOperator<String> answer) throws IOException {
    ServerSocket server = plain();
    ca.httpPort(server.getLocalPort());
    listen(
        server,
        socket -> {
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
          String request = in.readLine();
          for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            if (line.startsWith("Host:")) {
              seen.add(line);
            }
          }
          byte[] response = answer.apply(request).getBytes(StandardCharsets.US_ASCII);
          socket.getOutputStream().write(response);
        });
  }

  private static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private String keyAuthorization(String request) {
    String path = request.split(" ")[1];
    return client.keyAuthorization(path.substring(path.lastIndexOf('/') + 1));
  }

  private AcmeClient.Reply validate(String name, String type) {
    Map<String, Object> challenge = client.challenge(client.order(name), type);
    return client.post((String) challenge.get("url"), "{}");
  }

  @SuppressWarnings("unchecked")
  private static String error(AcmeClient.Reply challenge) {
    assertThat(challenge.text("status")).isEqualTo("invalid");
    Map<String, Object> error = (Map<String, Object>) challenge.json().get("error");
    String type = (String) error.get("type");
    return type.substring(type.lastIndexOf(':') + 1) + ": " + error.get("detail");
  }

  @Test
  void http01AsksTheServerOfTheName() throws Exception {
    answerHttp(request -> ok(keyAuthorization(request) + "\n"));

    assertThat(validate("a.example.com", "http-01").text("status")).isEqualTo("valid");
    assertThat(seen.take()).startsWith("Host: a.example.com");
  }

  @Test
  void http01ValidatesAddresses() throws Exception {
    answerHttp(request -> ok(keyAuthorization(request)));

    assertThat(validate("127.0.0.1", "http-01").text("status")).isEqualTo("valid");
  }

  @Test
  void http01FollowsRedirects() throws Exception {
    answerHttp(
        request ->
            request.contains("elsewhere")
                ? ok(keyAuthorization(request))
                : "HTTP/1.1 302 Found\r\nLocation: http://b.example.com/elsewhere/"
                    + request.split("[ /]")[4]
                    + "\r\nContent-Length: 0\r\n\r\n");

    assertThat(validate("a.example.com", "http-01").text("status")).isEqualTo("valid");
    seen.take();
    assertThat(seen.take()).startsWith("Host: b.example.com");
  }

  @Test
  void http01DoesNotFollowRedirectsForEver() throws Exception {
    answerHttp(request -> "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");

    assertThat(error(validate("a.example.com", "http-01")))
        .startsWith("unauthorized: Too many redirects");
  }

  @Test
  void http01RefusesAWrongAnswer() throws Exception {
    answerHttp(request -> ok("wrong"));

    assertThat(error(validate("a.example.com", "http-01")))
        .startsWith("unauthorized: The key authorization file");
  }

  @Test
  void http01RefusesALongAnswer() throws Exception {
    answerHttp(request -> ok(keyAuthorization(request) + " ".repeat(128)));

    assertThat(error(validate("a.example.com", "http-01"))).contains("128 bytes");
  }

  @Test
  void http01TellsTheStatusOfTheResponse() throws Exception {
    answerHttp(request -> "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

    assertThat(error(validate("a.example.com", "http-01"))).endsWith(": 404");
  }

  @Test
  void aRefusedConnectionIsAConnectionProblem() throws Exception {
    try (ServerSocket closed = plain()) {
      ca.httpPort(closed.getLocalPort());
    }

    assertThat(error(validate("a.example.com", "http-01"))).startsWith("connection: ");
  }

  @Test
  void namesResolveThroughTheDnsServerOfTheCa() {
    ca.dns().servfail("a.example.com").nxdomain("b.example.com");

    assertThat(error(validate("a.example.com", "http-01")))
        .startsWith("dns: ")
        .contains("SERVFAIL");
    assertThat(error(validate("b.example.com", "http-01")))
        .startsWith("dns: ")
        .contains("NXDOMAIN");
  }

  @Test
  void dns01ReadsTheTextRecord() {
    assertThat(error(validate("a.example.com", "dns-01")))
        .startsWith("unauthorized: No TXT record");

    ca.dns().txt("_acme-challenge.a.example.com", "wrong");

    assertThat(error(validate("a.example.com", "dns-01")))
        .startsWith("unauthorized: Incorrect TXT record");
  }

  @Test
  void dns01FollowsAliases() {
    ca.dns().cname("_acme-challenge.a.example.com", "a.acme.test");
    Map<String, Object> challenge = client.challenge(client.order("a.example.com"), "dns-01");
    String value = client.keyAuthorization((String) challenge.get("token"));
    ca.dns().txt("a.acme.test", AcmeClient.base64(AcmeClient.sha256(value)));

    AcmeClient.Reply reply = client.post((String) challenge.get("url"), "{}");

    assertThat(reply.text("status")).isEqualTo("valid");
  }

  @Test
  void aFailureReachesAuthorizationAndOrder() {
    ca.dns().servfail("_acme-challenge.a.example.com");
    AcmeClient.Reply order = client.order("a.example.com", "b.example.com");
    String authorization =
        order.strings("authorizations").stream()
            .filter(url -> client.read(url).http().body().contains("a.example.com"))
            .findFirst()
            .orElseThrow();

    client.post((String) client.challenges(authorization, "dns-01").get("url"), "{}");

    assertThat(client.read(authorization).text("status")).isEqualTo("invalid");
    assertThat(client.read(order.header("Location")).text("status")).isEqualTo("invalid");
    assertThat(ca.orders().get(0).error().orElseThrow()).startsWith("dns: ").contains("SERVFAIL");
  }

  @Test
  void aDeactivatedAuthorizationEndsTheOrder() {
    AcmeClient.Reply order = client.order("a.example.com");

    client.post(order.strings("authorizations").get(0), "{\"status\":\"deactivated\"}");

    assertThat(client.read(order.header("Location")).text("status")).isEqualTo("invalid");
  }

  private enum Mistake {
    NONE,
    DIGEST,
    NAME,
    NOT_CRITICAL,
    PROTOCOL
  }

  private AcmeClient.Reply validateTls(String name, Mistake mistake) throws Exception {
    Map<String, Object> challenge = client.challenge(client.order(name), "tls-alpn-01");
    byte[] digest =
        AcmeClient.sha256(
            client.keyAuthorization((String) challenge.get("token"))
                + (mistake == Mistake.DIGEST ? "x" : ""));
    KeyPair key = AcmeClient.ec();
    X509Certificate certificate =
        Csrs.challenge(
            key,
            mistake == Mistake.NAME ? "other.example.com" : name,
            digest,
            mistake != Mistake.NOT_CRITICAL);
    SSLServerSocket server = tlsServer(key, certificate);
    SSLParameters parameters = server.getSSLParameters();
    parameters.setApplicationProtocols(
        new String[] {mistake == Mistake.PROTOCOL ? "h2" : "acme-tls/1"});
    server.setSSLParameters(parameters);
    ca.tlsPort(server.getLocalPort());
    listen(
        server,
        socket -> {
          SSLSocket secure = (SSLSocket) socket;
          secure.startHandshake();
          ExtendedSSLSession session = (ExtendedSSLSession) secure.getSession();
          seen.add(secure.getApplicationProtocol() + " " + session.getRequestedServerNames());
        });
    return client.post((String) challenge.get("url"), "{}");
  }

  private static SSLServerSocket tlsServer(KeyPair key, X509Certificate certificate)
      throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("c", key.getPrivate(), new char[0], new X509Certificate[] {certificate});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return (SSLServerSocket)
        context
            .getServerSocketFactory()
            .createServerSocket(0, 10, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  @Test
  void tlsAlpn01ReadsTheChallengeCertificate() throws Exception {
    assertThat(validateTls("a.example.com", Mistake.NONE).text("status")).isEqualTo("valid");
    assertThat(seen.take()).contains("acme-tls/1").contains("a.example.com");
  }

  @Test
  void tlsAlpn01NamesItsOwnHostAfterAnotherValidation() throws Exception {
    KeyPair key = AcmeClient.ec();
    SSLServerSocket server = tlsServer(key, Csrs.challenge(key, "x.test", new byte[32], true));
    server.setEnabledProtocols(
        new String[] {"TLSv1.2"}); // whose sessions JSSE resumes most readily
    SSLParameters parameters = server.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"acme-tls/1"});
    server.setSSLParameters(parameters);
    ca.tlsPort(server.getLocalPort());
    listen(server, socket -> seen.add(requestedNames((SSLSocket) socket)));

    for (String name : List.of("a.example.com", "b.example.com", "a.example.com")) {
      Map<String, Object> challenge = client.challenge(client.order(name), "tls-alpn-01");
      client.post((String) challenge.get("url"), "{}");

      assertThat(seen.take()).contains(name);
    }
  }

  private static String requestedNames(SSLSocket socket) throws IOException {
    socket.startHandshake();
    ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
    String names = session.getRequestedServerNames().toString();
    socket.getInputStream().read(); // until the CA hangs up: only then it may resume
    return names;
  }

  @Test
  void tlsAlpn01AsksAddressesByTheirReverseName() throws Exception {
    assertThat(validateTls("127.0.0.1", Mistake.NONE).text("status")).isEqualTo("valid");
    assertThat(seen.take()).contains("1.0.0.127.in-addr.arpa");
  }

  @Test
  void tlsAlpn01RefusesAnotherDigest() throws Exception {
    assertThat(error(validateTls("a.example.com", Mistake.DIGEST))).contains("digest");
  }

  @Test
  void tlsAlpn01RefusesAnotherName() throws Exception {
    assertThat(error(validateTls("a.example.com", Mistake.NAME))).contains("nothing else");
  }

  @Test
  void tlsAlpn01NeedsACriticalExtension() throws Exception {
    assertThat(error(validateTls("a.example.com", Mistake.NOT_CRITICAL))).contains("critical");
  }

  @Test
  void tlsAlpn01NeedsTheProtocol() throws Exception {
    assertThat(error(validateTls("a.example.com", Mistake.PROTOCOL))).startsWith("tls: ");
  }

  @Test
  void anUnknownTypeOfChallengeIsOfferedAndNeverPasses() {
    try (TestCa other = TestCa.builder().challengeTypes("dns-01", "odd-01").start()) {
      other.validation(Processing.IN_REQUEST);
      AcmeClient stranger = new AcmeClient(other).register();
      Map<String, Object> challenge = stranger.challenge(stranger.order("a.example.com"), "odd-01");

      assertThat(stranger.post((String) challenge.get("url"), "{}").text("status"))
          .isEqualTo("invalid");
    }
  }

  @Test
  void retryAfterIsSentWhileAnAnswerIsOpen() {
    ca.retryAfter(java.time.Duration.ofSeconds(7));
    AcmeClient.Reply order = client.order("a.example.com");

    assertThat(
            List.of(
                client.read(order.header("Location")).header("Retry-After"),
                client.read(order.strings("authorizations").get(0)).header("Retry-After")))
        .containsOnly("7");
  }
}
