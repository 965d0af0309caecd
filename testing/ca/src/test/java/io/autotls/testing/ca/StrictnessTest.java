package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.jose4j.json.JsonUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StrictnessTest {
  private final TestCa ca = TestCa.start();
  private final AcmeClient client = new AcmeClient(ca).register();
  private final String newOrder = client.url("newOrder");
  private final String order = AcmeClient.orderPayload("", "a.example.com");

  StrictnessTest() {
    ca.validation(Processing.IN_REQUEST);
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private static void assertRefused(AcmeClient.Reply reply, int status, String problem) {
    assertThat(reply.problem() + " " + reply.text("detail")).startsWith(problem + " ");
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
  }

  private Map<String, Object> signed(String payload) {
    return AcmeClient.sign(client.header(newOrder), payload, client.key);
  }

  private AcmeClient.Reply postWithHeader(String name, Object value) {
    Map<String, Object> header = client.header(newOrder);
    header.put(name, value);
    return client.post(newOrder, AcmeClient.sign(header, order, client.key));
  }

  @Test
  void aNonceIsGoodOnce() {
    Map<String, Object> jws = signed(order);
    assertThat(client.post(newOrder, jws).status()).isEqualTo(201);

    AcmeClient.Reply again = client.post(newOrder, jws);

    assertRefused(again, 400, "badNonce");
    assertThat(again.header("Replay-Nonce")).isNotEmpty();
  }

  @Test
  void aNonceMustBeOurs() {
    assertRefused(postWithHeader("nonce", "AAAA"), 400, "badNonce");
  }

  @Test
  void aForgottenNonceIsBad() {
    ca.forgetNonces();

    assertRefused(client.post(newOrder, order), 400, "badNonce");
  }

  @Test
  void theUrlMustBeThatOfTheRequest() {
    assertRefused(postWithHeader("url", client.url("keyChange")), 400, "malformed");
  }

  @Test
  void jwkAndKidExcludeEachOther() {
    assertRefused(postWithHeader("jwk", AcmeClient.jwk(client.key)), 400, "malformed");
  }

  @Test
  void onlyNewAccountAndRevocationTakeJwk() {
    client.kid = null;

    assertRefused(client.post(newOrder, order), 400, "malformed");
  }

  @Test
  void anUnknownKidIsNoAccount() {
    assertRefused(postWithHeader("kid", client.kid + "0"), 400, "accountDoesNotExist");
  }

  @Test
  void algorithmsThatAreNotSignaturesAreListedAgainst() {
    AcmeClient.Reply reply = postWithHeader("alg", "HS256");

    assertRefused(reply, 400, "badSignatureAlgorithm");
    assertThat(reply.strings("algorithms")).contains("ES256", "RS256", "EdDSA");
  }

  @Test
  void aSignatureByAnotherKeyIsRefused() {
    Map<String, Object> jws = AcmeClient.sign(client.header(newOrder), order, AcmeClient.ec());

    assertRefused(client.post(newOrder, jws), 400, "malformed");
  }

  @Test
  void aJwsHasThreeMembersAndNoOthers() {
    Map<String, Object> jws = signed(order);
    jws.put("header", new HashMap<>());

    assertRefused(client.post(newOrder, jws), 400, "malformed");
  }

  @Test
  void paddingIsRefused() {
    Map<String, Object> jws = signed(order);
    jws.put("signature", jws.get("signature") + "==");

    assertRefused(client.post(newOrder, jws), 400, "malformed");
  }

  @Test
  void theContentTypeIsExact() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(newOrder))
            .header("Content-Type", "application/jose+json; charset=utf-8")
            .POST(BodyPublishers.ofString(JsonUtil.toJson(signed(order))))
            .build();

    assertRefused(client.send(request), 415, "malformed");
  }

  @Test
  void aRequestNeedsAUserAgent() throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            ca.httpsContext()
                .getSocketFactory()
                .createSocket("127.0.0.1", ca.directory().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET /directory HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));

      String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(response).startsWith("HTTP/1.1 400").contains("User-Agent");
    }
  }

  @Test
  void anOrderIsNotReadByGet() {
    String url = client.order("a.example.com").header("Location");

    assertRefused(client.get(url), 405, "malformed");
  }

  @Test
  void readingNeedsAnEmptyPayload() {
    String url = client.order("a.example.com").header("Location");

    assertRefused(client.post(url, "{}"), 400, "malformed");
  }

  @Test
  void newNonceAnswersHeadWith200AndGetWith204() {
    URI url = URI.create(client.url("newNonce"));

    AcmeClient.Reply head =
        client.send(HttpRequest.newBuilder(url).method("HEAD", BodyPublishers.noBody()).build());

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Replay-Nonce")).isNotEmpty();
    assertThat(client.get(url.toString()).status()).isEqualTo(204);
  }

  @Test
  void theAnswerToAChallengeIsAnEmptyObject() {
    Map<String, Object> challenge = client.challenge(client.order("a.example.com"), "http-01");

    AcmeClient.Reply reply =
        client.post((String) challenge.get("url"), "{\"keyAuthorization\":\"x\"}");

    assertRefused(reply, 400, "malformed");
  }

  @Test
  void aChallengeIsAnsweredOnce() {
    AcmeClient.Reply placed = client.order("a.example.com");
    String url = (String) client.challenge(placed, "dns-01").get("url");
    client.ready(placed);

    assertRefused(client.post(url, "{}"), 400, "malformed");
  }

  @Test
  void othersDoNotSeeAnOrder() {
    String url = client.order("a.example.com").header("Location");

    assertRefused(new AcmeClient(ca).register().read(url), 403, "unauthorized");
  }

  @Test
  void anOrderIsFinalizedWhenItIsReady() {
    AcmeClient.Reply placed = client.order("a.example.com");

    assertRefused(client.finish(placed, AcmeClient.ec(), "a.example.com"), 403, "orderNotReady");
  }

  @Test
  void theNamesOfTheCsrAreThoseOfTheOrder() {
    AcmeClient.Reply placed = client.readyOrder("a.example.com");

    assertRefused(client.finish(placed, AcmeClient.ec(), "b.example.com"), 400, "badCSR");
    assertRefused(
        client.finish(placed, AcmeClient.ec(), "a.example.com", "b.example.com"), 400, "badCSR");
    assertThat(client.read(placed.header("Location")).text("status")).isEqualTo("ready");
  }

  @Test
  void theAccountKeyCertifiesNothing() {
    AcmeClient.Reply placed = client.readyOrder("a.example.com");

    assertRefused(client.finish(placed, client.key, "a.example.com"), 400, "badCSR");
  }

  @Test
  void aSmallRsaKeyIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    AcmeClient.Reply placed = client.readyOrder("a.example.com");

    assertRefused(
        client.finish(placed, generator.generateKeyPair(), "a.example.com"), 400, "badCSR");
  }

  @Test
  void aCommonNameMustBeAmongTheNames() {
    KeyPair key = AcmeClient.ec();
    AcmeClient.Reply placed = client.readyOrder("a.example.com");

    AcmeClient.Reply reply =
        client.post(
            placed.text("finalize"),
            AcmeClient.csrPayload(Csrs.csr("CN=b.example.com", key, "a.example.com")));

    assertRefused(reply, 400, "badCSR");
  }

  @Test
  void aWishToBeAClientTooIsIgnored() throws Exception {
    AcmeClient.Reply placed = client.readyOrder("a.example.com");
    byte[] csr = Csrs.csrForClientsToo(AcmeClient.ec(), "a.example.com");

    AcmeClient.Reply reply = client.post(placed.text("finalize"), AcmeClient.csrPayload(csr));

    assertThat(reply.text("status")).isIn("processing", "valid");
  }

  @Test
  void aCaForServersOnlyRefusesAWishToBeAClientToo() {
    try (TestCa strict = TestCa.builder().refuseClientAuth().start()) {
      strict.validation(Processing.IN_REQUEST);
      AcmeClient stranger = new AcmeClient(strict).register();
      AcmeClient.Reply placed = stranger.readyOrder("a.example.com");
      byte[] csr = Csrs.csrForClientsToo(AcmeClient.ec(), "a.example.com");

      assertRefused(
          stranger.post(placed.text("finalize"), AcmeClient.csrPayload(csr)), 400, "badCSR");
      assertThat(stranger.finish(placed, AcmeClient.ec(), "a.example.com").status()).isEqualTo(200);
    }
  }

  @Test
  void aBrokenCsrIsRefused() {
    byte[] csr = Csrs.csr(AcmeClient.ec(), "a.example.com");
    csr[csr.length - 5] ^= 1;
    AcmeClient.Reply placed = client.readyOrder("a.example.com");

    assertRefused(client.post(placed.text("finalize"), AcmeClient.csrPayload(csr)), 400, "badCSR");
  }

  @Test
  void namesAreInLowerCaseAndGivenOnce() {
    for (String[] names :
        List.of(
            new String[] {"A.example.com"},
            new String[] {"a.example.com", "a.example.com"},
            new String[] {"a.example.com."},
            new String[] {"localhost"},
            new String[] {"a_b.example.com"},
            new String[] {"www.*.example.com"},
            new String[] {"0:0:0:0:0:0:0:1"})) {
      AcmeClient.Reply reply = client.order(names);

      assertRefused(reply, 400, "malformed");
      assertThat(reply.objects("subproblems")).hasSize(1);
    }
  }

  @Test
  void aRefusedNameIsNamedInASubproblem() {
    ca.refuseIdentifier("bad.example.com");

    AcmeClient.Reply reply = client.order("good.example.com", "bad.example.com");

    assertRefused(reply, 400, "rejectedIdentifier");
    assertThat(reply.objects("subproblems"))
        .extracting(subproblem -> subproblem.get("identifier"))
        .containsExactly(Map.of("type", "dns", "value", "bad.example.com"));
    assertThat(ca.orders()).isEmpty();
  }

  @Test
  void onlyOfferedProfilesCanBeOrdered() {
    String payload = AcmeClient.orderPayload(",\"profile\":\"gold\"", "a.example.com");

    assertRefused(client.post(newOrder, payload), 400, "invalidProfile");
  }

  @Test
  void aWildcardHasDnsChallengesOnlyAndAnAddressHasNone() {
    AcmeClient.Reply wildcard =
        client.read(client.order("*.example.com").strings("authorizations").get(0));
    AcmeClient.Reply address =
        client.read(client.order("127.0.0.1").strings("authorizations").get(0));

    assertThat(wildcard.json().get("wildcard")).isEqualTo(true);
    assertThat(wildcard.objects("challenges"))
        .extracting(c -> c.get("type"))
        .containsExactly("dns-01");
    assertThat(address.objects("challenges"))
        .extracting(c -> c.get("type"))
        .containsExactlyInAnyOrder("http-01", "tls-alpn-01");
  }
}
