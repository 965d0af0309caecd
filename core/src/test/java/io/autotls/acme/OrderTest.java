package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static io.autotls.acme.TestPki.pem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class OrderTest {
  private static final KeyPair KEY = AcmeKeys.generate();
  private static final KeyPair CERTIFICATE_KEY = AcmeKeys.generate();
  private static final OrderRequest REQUEST = OrderRequest.of(Identifier.dns("example.com"));

  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().build();
  private final AcmeAccount account = client.account(KEY, ca.account(KEY));

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName(
      "O1 O8 IP1 the request has identifiers once each, and wishes only where they are set")
  void newOrder() throws Exception {
    ca.on("POST /newOrder", created(order("pending")));

    Order order =
        account.newOrder(
            OrderRequest.of(
                Identifier.dns("Example.com."),
                Identifier.dns("example.com"),
                Identifier.ip("2001:DB8::1")));

    assertThat(ca.lastPost().payload())
        .contains("\"identifiers\":[")
        .doesNotContain("profile", "replaces", "notBefore", "notAfter");
    assertThat(ca.lastPost().json())
        .containsEntry(
            "identifiers",
            List.of(
                Map.of("type", "dns", "value", "example.com"),
                Map.of("type", "ip", "value", "2001:db8::1")));
    assertThat(order.url()).isEqualTo(ca.url("/order/1"));
    assertThat(order.status()).isEqualTo(OrderStatus.PENDING);
    assertThat(order.finalizeUrl()).isEqualTo(ca.url("/finalize/1"));
    assertThat(order.authorizations()).containsExactly(ca.url("/authz/1"));
    assertThat(order.retryAfter()).isEmpty();
    assertThat(order.certificateUrl()).isEmpty();
  }

  @Test
  @DisplayName("O7 PR1 I10 wishes go over the wire")
  void wishes() throws Exception {
    ca.on("GET /directory", json(200, ca.directory("\"meta\":{\"profiles\":{\"short\":\"\"}}")));
    ca.on("POST /newOrder", created(order("pending", "\"profile\":\"short\"")));

    Order order =
        account.newOrder(
            REQUEST.toBuilder()
                .profile("short")
                .replaces("aki.serial")
                .notBefore(Instant.parse("2026-01-01T00:00:00Z"))
                .notAfter(Instant.parse("2026-01-08T00:00:00Z"))
                .build());

    assertThat(ca.lastPost().json())
        .containsEntry("profile", "short")
        .containsEntry("replaces", "aki.serial")
        .containsEntry("notBefore", "2026-01-01T00:00:00Z")
        .containsEntry("notAfter", "2026-01-08T00:00:00Z");
    assertThat(order.profile()).contains("short");
  }

  @Test
  @DisplayName("PR1 a profile that is not advertised is not sent")
  void unknownProfile() {
    assertThatThrownBy(() -> account.newOrder(REQUEST.toBuilder().profile("short").build()))
        .isInstanceOf(AcmeUnsupportedException.class)
        .hasMessageContaining("short")
        .hasMessageContaining("none");
    assertThat(ca.posts).isEmpty();
  }

  @Test
  @DisplayName("I10 replaces is left out where the CA has no renewal information (B13)")
  void replacesNeedsRenewalInfo() throws Exception {
    ca.on("GET /directory", json(200, ca.directory().replace("renewalInfo", "other")));
    ca.on("POST /newOrder", created(order("pending")));

    account.newOrder(REQUEST.toBuilder().replaces("aki.serial").build());

    assertThat(ca.lastPost().json()).doesNotContainKey("replaces");
  }

  @Test
  @DisplayName("O3 FT16 a new order may be ready or valid")
  void newOrderMayBeReady() throws Exception {
    ca.on(
        "POST /newOrder",
        created(order("ready")),
        created(order("valid", "\"certificate\":\"" + ca.url("/cert/1") + "\"")));

    assertThat(account.newOrder(REQUEST).status()).isEqualTo(OrderStatus.READY);
    assertThat(account.newOrder(REQUEST).certificateUrl()).contains(ca.url("/cert/1"));
  }

  @Test
  @DisplayName("O4 O5 O6 unknown states, errors and expiry are read")
  void oddOrders() throws Exception {
    ca.on(
        "POST /order/1",
        json(200, order("hibernating", "\"expires\":\"2026-12-01T00:00:00Z\"")),
        json(
            200,
            order(
                "invalid",
                "\"error\":{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\","
                    + "\"subproblems\":[{\"type\":\"urn:ietf:params:acme:error:caa\","
                    + "\"identifier\":{\"type\":\"dns\",\"value\":\"example.com\"}}]}")));

    Order unknown = account.order(ca.url("/order/1"));
    assertThat(unknown.status()).isEqualTo(OrderStatus.UNKNOWN);
    assertThat(unknown.expires()).contains(Instant.parse("2026-12-01T00:00:00Z"));
    AcmeProblem error = account.order(ca.url("/order/1")).error().orElseThrow();
    assertThat(error.type()).isEqualTo(ProblemType.CAA);
    assertThat(error.subproblems().get(0).identifier()).contains(Identifier.dns("example.com"));
    assertThat(error.toString()).isEqualTo("caa, no [example.com: caa]");
  }

  @Test
  @DisplayName("R1 Retry-After of an order is handed on")
  void retryAfter() throws Exception {
    ca.on("POST /order/1", json(200, order("processing")).setHeader("Retry-After", "7"));

    assertThat(account.order(ca.url("/order/1")).retryAfter().orElseThrow()).hasSeconds(7);
  }

  @Test
  @DisplayName("O1 an order without a Location, or with parts missing, is no order")
  void incompleteOrders() {
    ca.on(
        "POST /newOrder",
        json(201, order("pending")),
        created("{\"status\":\"pending\",\"authorizations\":[],\"identifiers\":[]}"),
        created(order("pending").replace("https:", "http:")),
        created("{}"),
        created(order("pending").substring(0, 40)));

    for (String why : List.of("Location", "finalize", "https", "status", "ends too early")) {
      assertThatThrownBy(() -> account.newOrder(REQUEST))
          .isInstanceOf(AcmeServerException.class)
          .hasMessageContaining(why);
    }
  }

  @Test
  @DisplayName("O9 O2 C1 authorizations: wildcard, all states")
  void authorization() throws Exception {
    ca.on(
        "POST /authz/1",
        json(
                200,
                "{\"identifier\":{\"type\":\"dns\",\"value\":\"example.com\"},"
                    + "\"status\":\"pending\",\"wildcard\":true,\"challenges\":["
                    + challenge("dns-01", "\"token\":\"tok-en_1\"")
                    + "]}")
            .setHeader("Retry-After", "3"));

    Authorization authorization = account.authorization(ca.url("/authz/1"));

    assertThat(authorization.identifier()).isEqualTo(Identifier.dns("example.com"));
    assertThat(authorization.wildcard()).isTrue();
    assertThat(authorization.status()).isEqualTo(AuthorizationStatus.PENDING);
    assertThat(authorization.retryAfter().orElseThrow()).hasSeconds(3);
    assertThat(authorization.challenge("dns-01").orElseThrow().token()).contains("tok-en_1");
    assertThat(authorization.challenge("http-01")).isEmpty();
    assertThat(authorization.toString()).doesNotContain("tok-en_1");
  }

  @Test
  @DisplayName("C2 C9 FT18 unknown types, no token, a bad token, error:{} and junk do no harm")
  void oddChallenges() throws Exception {
    ca.on(
        "POST /authz/1",
        json(
            200,
            "{\"identifier\":{\"type\":\"dns\",\"value\":\"example.com\"},\"status\":\"pending\","
                + "\"challenges\":["
                + challenge("dns-persist-01", "\"issuer-domain-names\":[\"ca.test\"]")
                + ","
                + challenge("quantum-01", "\"token\":17,\"error\":{}")
                + ",7,{\"type\":\"no-url-01\"},"
                + challenge("http-01", "\"token\":\"../../etc/passwd\"")
                + ","
                + challenge("dns-01", "\"token\":\"good\"")
                + "]}"));

    Authorization authorization = account.authorization(ca.url("/authz/1"));

    assertThat(authorization.challenges().stream().map(AcmeChallenge::type))
        .containsExactly("dns-persist-01", "quantum-01", "http-01", "dns-01");
    assertThat(authorization.challenge("dns-persist-01").orElseThrow().token()).isEmpty();
    assertThat(authorization.challenge("quantum-01").orElseThrow().error()).isEmpty();
    assertThat(authorization.challenge("http-01").orElseThrow().token()).isEmpty();
    assertThat(authorization.challenge("dns-01").orElseThrow().token()).contains("good");
  }

  @Test
  @DisplayName("C3 C8 O12 triggering posts exactly {}, giving up posts the status")
  void triggerAndDeactivate() throws Exception {
    String authz = "{\"identifier\":{\"type\":\"dns\",\"value\":\"example.com\"},\"status\":\"";
    ca.on(
        "POST /authz/1",
        json(
            200,
            authz + "pending\",\"challenges\":[" + challenge("http-01", "\"token\":\"t\"") + "]}"),
        json(200, authz + "deactivated\",\"challenges\":[]}"));
    ca.on("POST /chall/http-01", json(200, challenge("http-01", "\"token\":\"t\"")));
    Authorization authorization = account.authorization(ca.url("/authz/1"));

    account.trigger(authorization.challenges().get(0));
    assertThat(ca.lastPost().path()).isEqualTo("/chall/http-01");
    assertThat(ca.lastPost().payload()).isEqualTo("{}");

    assertThat(account.deactivate(authorization).status())
        .isEqualTo(AuthorizationStatus.DEACTIVATED);
    assertThat(ca.lastPost().json()).isEqualTo(Map.of("status", "deactivated"));
  }

  @Test
  @DisplayName("F1 F4 O1 finalize sends the CSR, and needs no Location in the answer (B9)")
  void finalizeOrder() throws Exception {
    ca.on("POST /order/1", json(200, order("ready")));
    ca.on("POST /finalize/1", json(200, order("processing")).setHeader("Retry-After", "3"));
    byte[] csr = Csr.of(CERTIFICATE_KEY, List.of(Identifier.dns("example.com")));

    Order after = account.finalizeOrder(account.order(ca.url("/order/1")), csr);

    assertThat(Base64.getUrlDecoder().decode((String) ca.lastPost().json().get("csr")))
        .isEqualTo(csr);
    assertThat(after.url()).isEqualTo(ca.url("/order/1"));
    assertThat(after.status()).isEqualTo(OrderStatus.PROCESSING);
    assertThat(after.retryAfter().orElseThrow()).hasSeconds(3);
  }

  @Test
  @DisplayName("A14 a CSR for the account's own key is refused here")
  @Tag("G13")
  void accountKeyInCsr() throws Exception {
    ca.on("POST /order/1", json(200, order("ready")));
    Order order = account.order(ca.url("/order/1"));

    assertThatThrownBy(() -> account.finalizeOrder(order, Csr.of(KEY, order.identifiers())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("account's key");
    assertThatThrownBy(() -> account.finalizeOrder(order, new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(ca.posts).hasSize(1);
  }

  @Test
  @DisplayName("F2 F3 orderNotReady and badCSR are told apart")
  void finalizeRefused() throws Exception {
    ca.on("POST /order/1", json(200, order("ready")));
    ca.on(
        "POST /finalize/1", problem(403, "orderNotReady", "wait"), problem(400, "badCSR", "weak"));
    Order order = account.order(ca.url("/order/1"));
    byte[] csr = Csr.of(CERTIFICATE_KEY, order.identifiers());

    for (ProblemType type : List.of(ProblemType.ORDER_NOT_READY, ProblemType.BAD_CSR)) {
      assertThatThrownBy(() -> account.finalizeOrder(order, csr))
          .isInstanceOfSatisfying(
              AcmeProblemException.class, e -> assertThat(e.type()).isEqualTo(type));
    }
  }

  @Test
  @DisplayName("F6 F9 the certificate by POST-as-GET with its media type, and its alternates")
  void download() throws Exception {
    String chain = pem(ca.pki.leaf(CERTIFICATE_KEY, "example.com"), ca.pki.intermediate);
    ca.on(
        "POST /order/1",
        json(200, order("valid", "\"certificate\":\"" + ca.url("/cert/1") + "\"")));
    ca.on(
        "POST /cert/1",
        new MockResponse.Builder()
            .setHeader("Content-Type", "application/pem-certificate-chain")
            .addHeader("Link", "<" + ca.url("/directory") + ">;rel=\"index\"")
            .addHeader("Link", "</cert/1/1>;rel=\"alternate\", </cert/1/2>;rel=\"alternate\"")
            .body(chain));
    ca.on(
        "POST /cert/1/2",
        new MockResponse.Builder()
            .body(
                pem(
                    ca.pki.leaf(CERTIFICATE_KEY, "example.com"),
                    ca.pki.intermediate,
                    ca.pki.root)));

    CertificateChain downloaded = account.certificate(account.order(ca.url("/order/1")));

    assertThat(ca.lastPost().request().getHeaders().get("Accept"))
        .isEqualTo("application/pem-certificate-chain");
    assertThat(ca.lastPost().payload()).isEmpty();
    downloaded.verify(
        CERTIFICATE_KEY.getPublic(), List.of(Identifier.dns("example.com")), TestPki.START);
    assertThat(downloaded.url()).contains(ca.url("/cert/1"));
    assertThat(downloaded.alternates()).containsExactly(ca.url("/cert/1/1"), ca.url("/cert/1/2"));
    assertThat(account.certificate(downloaded.alternates().get(1)).certificates()).hasSize(3);
  }

  @Test
  @DisplayName("F6 no download before the order is valid, whatever URLs it shows")
  @Tag("PD51")
  void noDownloadBeforeValid() throws Exception {
    ca.on(
        "POST /order/1",
        json(200, order("processing", "\"certificate\":\"" + ca.url("/cert/1") + "\"")));
    Order order = account.order(ca.url("/order/1"));

    assertThatThrownBy(() -> account.certificate(order))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("F7 FT28 a chain with a private key is refused, and is not quoted")
  void downloadWithPrivateKey() {
    ca.on(
        "POST /cert/1",
        new MockResponse.Builder()
            .body("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"));

    assertThatThrownBy(() -> account.certificate(ca.url("/cert/1")))
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("something else than certificates")
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  @DisplayName("J8 T11 URLs are signed as the CA wrote them")
  void urlsAreKept() throws Exception {
    URI url = URI.create(ca.url("/order/a%2Fb;c=1,2") + "?x=%7e&y=~");
    ca.on("POST /order/a%2Fb;c=1,2?x=%7e&y=~", json(200, order("pending")));

    account.order(url);

    assertThat(ca.lastPost().header()).containsEntry("url", url.toString());
  }

  private MockResponse.Builder created(String body) {
    return json(201, body).setHeader("Location", ca.url("/order/1"));
  }

  private String order(String status, String... more) {
    StringBuilder json =
        new StringBuilder(
            "{\"status\":\""
                + status
                + "\",\"identifiers\":[{\"type\":\"dns\",\"value\":\"example.com\"}],"
                + "\"authorizations\":[\""
                + ca.url("/authz/1")
                + "\"],\"finalize\":\""
                + ca.url("/finalize/1")
                + "\"");
    for (String member : more) {
      json.append(',').append(member);
    }
    return json.append('}').toString();
  }

  private String challenge(String type, String member) {
    return "{\"type\":\""
        + type
        + "\",\"url\":\""
        + ca.url("/chall/" + type)
        + "\",\"status\":\"pending\","
        + member
        + "}";
  }
}
