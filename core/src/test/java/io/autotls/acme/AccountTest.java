package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import mockwebserver3.MockResponse;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.PublicJsonWebKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class AccountTest {
  private static final KeyPair KEY = AcmeKeys.generate();

  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().build();
  private final AcmeAccount account = client.account(KEY, ca.account(KEY));

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName("A1 J3 A4 newAccount by the key itself; 201 and 200 both give the account")
  void register() throws Exception {
    ca.on(
        "POST /newAccount",
        json(201, "{\"status\":\"valid\"}").setHeader("Location", ca.url("/account/1")),
        json(200, "{\"status\":\"valid\"}").setHeader("Location", "/account/1"));
    NewAccount request =
        NewAccount.builder().email("ops@example.com").termsOfServiceAgreed().build();

    AcmeAccount created = client.register(KEY, request);
    AcmeAccount found = client.register(KEY, request);

    assertThat(created.url()).isEqualTo(ca.url("/account/1")).isEqualTo(found.url());
    assertThat(ca.lastPost().header()).containsKey("jwk").doesNotContainKey("kid");
    assertThat(ca.lastPost().json())
        .isEqualTo(
            Map.of("contact", List.of("mailto:ops@example.com"), "termsOfServiceAgreed", true));
  }

  @Test
  @DisplayName("A4 A6 nothing is agreed to, and no contact is sent, unless asked for")
  void minimalRegistration() throws Exception {
    ca.on(
        "POST /newAccount",
        json(201, "{\"status\":\"valid\"}").setHeader("Location", ca.url("/account/1")));

    client.register(KEY, NewAccount.builder().build());

    assertThat(ca.lastPost().payload()).isEqualTo("{}");
  }

  @Test
  @DisplayName("A6 one address, without header fields")
  void addresses() {
    for (String address :
        List.of("", "ops", "a@b,c@d", "a@b?subject=x", "a b@c", "@example.com", "a@")) {
      assertThatThrownBy(() -> NewAccount.builder().email(address))
          .as(address)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @DisplayName("A3 A13 an account is found by its key, or is not there")
  void findAccount() throws Exception {
    ca.on(
        "POST /newAccount",
        problem(400, "accountDoesNotExist", "no"),
        json(200, "{\"status\":\"valid\"}").setHeader("Location", ca.url("/account/1")),
        problem(403, "unauthorized", "deactivated"));

    assertThat(client.findAccount(KEY)).isEmpty();
    assertThat(client.findAccount(KEY).orElseThrow().url()).isEqualTo(account.url());
    assertThat(ca.lastPost().json()).isEqualTo(Map.of("onlyReturnExisting", true));
    assertThatThrownBy(() -> client.findAccount(KEY)).isInstanceOf(AcmeProblemException.class);
  }

  @Test
  @DisplayName("A4 A5 terms that have to be agreed to are named")
  @Tag("G3")
  void userActionRequired() {
    ca.on(
        "POST /newAccount",
        new MockResponse.Builder()
            .code(403)
            .setHeader("Content-Type", "application/problem+json; charset=utf-8")
            .setHeader("Link", "<https://ca.test/terms/2>; rel=\"terms-of-service\"")
            .body(
                "{\"type\":\"urn:ietf:params:acme:error:userActionRequired\",\"detail\":\"agree\","
                    + "\"instance\":\"https://ca.test/agree\"}"));

    assertThatThrownBy(() -> client.register(KEY, NewAccount.builder().build()))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e -> {
              assertThat(e.type()).isEqualTo(ProblemType.USER_ACTION_REQUIRED);
              assertThat(e.termsOfService()).contains(URI.create("https://ca.test/terms/2"));
              assertThat(e.problem().orElseThrow().instance())
                  .contains(URI.create("https://ca.test/agree"));
            })
        .hasMessageContaining("https://ca.test/terms/2")
        .hasMessageContaining("https://ca.test/agree");
  }

  @Test
  @DisplayName("A11 the binding is signed for newAccount, and has the key of the account")
  void externalAccount() throws Exception {
    ca.on(
        "POST /newAccount",
        json(201, "{\"status\":\"valid\"}").setHeader("Location", ca.url("/account/1")));

    client.register(
        KEY,
        NewAccount.builder()
            .externalAccountBinding(ExternalAccountBinding.of("kid-1", "c2VjcmV0"))
            .build());

    @SuppressWarnings("unchecked")
    Map<String, Object> binding =
        (Map<String, Object>) ca.lastPost().json().get("externalAccountBinding");
    assertThat(binding).containsOnlyKeys("protected", "payload", "signature");
    assertThat(JsonUtil.parseJson(ScriptedCa.decoded(binding, "protected")))
        .isEqualTo(Map.of("alg", "HS256", "kid", "kid-1", "url", ca.url("/newAccount").toString()));
    assertThat(JsonUtil.parseJson(ScriptedCa.decoded(binding, "payload")))
        .isEqualTo(ca.lastPost().header().get("jwk"));
  }

  @Test
  @DisplayName("A1 an account without a Location is no account")
  void registrationWithoutLocation() {
    ca.on("POST /newAccount", json(201, "{\"status\":\"valid\"}"));

    assertThatThrownBy(() -> client.register(KEY, NewAccount.builder().build()))
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("Location");
  }

  @Test
  @DisplayName("A7 J9 read by POST-as-GET, update of contacts, A8 deactivation")
  @Tag("A8")
  void readUpdateDeactivate() throws Exception {
    ca.on(
        "POST /account/1",
        json(200, "{\"status\":\"valid\",\"contact\":[\"mailto:a@example.com\"],\"key\":{}}"),
        json(200, "{\"status\":\"valid\"}"),
        json(200, "{\"status\":\"deactivated\"}"),
        json(200, "{\"status\":\"frozen\"}"));

    assertThat(account.fetch().contacts()).containsExactly(URI.create("mailto:a@example.com"));
    assertThat(ca.lastPost().payload()).isEmpty();
    account.update(List.of(URI.create("mailto:b@example.com")));
    assertThat(ca.lastPost().json()).isEqualTo(Map.of("contact", List.of("mailto:b@example.com")));
    assertThat(account.deactivate().status()).isEqualTo(AccountStatus.DEACTIVATED);
    assertThat(ca.lastPost().json()).isEqualTo(Map.of("status", "deactivated"));
    assertThat(account.fetch().status()).isEqualTo(AccountStatus.UNKNOWN);
  }

  @Test
  @DisplayName("A9 the inner JWS of a key change is by the new key, without a nonce")
  void keyChange() throws Exception {
    KeyPair next = AcmeKeys.generate();
    ca.on("POST /keyChange", json(200, "{\"status\":\"valid\"}"));

    AcmeAccount changed = account.changeKey(next);

    Map<String, Object> inner = ca.lastPost().json();
    Map<String, Object> header = JsonUtil.parseJson(ScriptedCa.decoded(inner, "protected"));
    Map<String, Object> payload = JsonUtil.parseJson(ScriptedCa.decoded(inner, "payload"));
    assertThat(ScriptedCa.isSignedBy(next.getPublic(), inner, "ES256")).isTrue();
    assertThat(header).containsOnlyKeys("alg", "jwk", "url");
    assertThat(header).containsEntry("url", ca.url("/keyChange").toString());
    assertThat(thumbprint(header.get("jwk"))).isEqualTo(AcmeKeys.thumbprint(next.getPublic()));
    assertThat(payload).containsOnlyKeys("account", "oldKey");
    assertThat(payload).containsEntry("account", account.url().toString());
    assertThat(thumbprint(payload.get("oldKey"))).isEqualTo(account.keyThumbprint());
    assertThat(changed.url()).isEqualTo(account.url());
    assertThat(changed.keyThumbprint()).isEqualTo(AcmeKeys.thumbprint(next.getPublic()));
  }

  @Test
  @DisplayName("A9 FT27 a key that another account has, with and without a problem document")
  void keyInUse() {
    ca.on(
        "POST /keyChange",
        problem(409, "conflict", "in use").setHeader("Location", ca.url("/account/7")),
        new MockResponse.Builder().code(409).setHeader("Location", ca.url("/account/7")));

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> account.changeKey(AcmeKeys.generate()))
          .isInstanceOfSatisfying(
              AcmeProblemException.class,
              e -> {
                assertThat(e.type()).isEqualTo(ProblemType.CONFLICT);
                assertThat(e.location()).contains(ca.url("/account/7"));
              });
    }
  }

  @Test
  @DisplayName("D4 FT27 501 means not supported")
  void notImplemented() {
    ca.on("POST /keyChange", problem(501, "malformed", "not implemented"));

    assertThatThrownBy(() -> account.changeKey(AcmeKeys.generate()))
        .isInstanceOf(AcmeUnsupportedException.class);
  }

  @Test
  @DisplayName("A15 the orders of all pages, by Link next")
  void ordersOfAllPages() throws Exception {
    ca.on("POST /account/1", json(200, accountWithOrders()));
    ca.on(
        "POST /orders",
        json(200, orders("/order/1", "/order/2"))
            .addHeader("Link", "<" + ca.url("/directory") + ">;rel=\"index\"")
            .addHeader("Link", "</orders?page=2>;rel=\"next\""));
    ca.on("POST /orders?page=2", json(200, orders("/order/3")));

    assertThat(account.orders())
        .containsExactly(ca.url("/order/1"), ca.url("/order/2"), ca.url("/order/3"));
  }

  @Test
  @DisplayName("A15 no list, a list that is not there, and a list that bites its tail")
  void oddOrderLists() throws Exception {
    ca.on("POST /account/1", json(200, "{\"status\":\"valid\"}"), json(200, accountWithOrders()));
    assertThat(account.orders()).isEmpty();
    assertThat(account.orders()).isEmpty(); // 404

    ca.on(
        "POST /orders", json(200, orders("/order/1")).setHeader("Link", "</orders>;rel=\"next\""));
    assertThat(account.orders()).containsExactly(ca.url("/order/1"));
  }

  @Test
  @DisplayName("V1 V2 revocation by the account, and twice is no error")
  void revoke() throws Exception {
    X509Certificate certificate = ca.pki.leaf(KEY, "example.com");
    ca.on(
        "POST /revokeCert",
        new MockResponse.Builder().code(200),
        problem(400, "alreadyRevoked", "done"),
        problem(400, "badRevocationReason", "no"));

    account.revoke(certificate, AcmeRevocationReason.SUPERSEDED);
    assertThat(ca.lastPost().header()).containsKey("kid");
    assertThat(ca.lastPost().json()).containsEntry("reason", 4L);
    assertThat(Base64.getUrlDecoder().decode((String) ca.lastPost().json().get("certificate")))
        .isEqualTo(certificate.getEncoded());

    account.revoke(certificate, AcmeRevocationReason.UNSPECIFIED);
    assertThat(ca.lastPost().json()).doesNotContainKey("reason");

    assertThatThrownBy(() -> account.revoke(certificate, AcmeRevocationReason.PRIVILEGE_WITHDRAWN))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e -> assertThat(e.type()).isEqualTo(ProblemType.BAD_REVOCATION_REASON));
  }

  @Test
  @DisplayName("V1 J3 revocation by the key of the certificate")
  void revokeByCertificateKey() throws Exception {
    KeyPair leaked = AcmeKeys.generate();
    ca.on("POST /revokeCert", new MockResponse.Builder().code(200));

    client.revoke(leaked, ca.pki.leaf(leaked, "example.com"), AcmeRevocationReason.KEY_COMPROMISE);

    assertThat(thumbprint(ca.lastPost().header().get("jwk")))
        .isEqualTo(AcmeKeys.thumbprint(leaked.getPublic()));
  }

  @Test
  @DisplayName("C5 C9 the key authorization is token and thumbprint, for real tokens only")
  void keyAuthorization() {
    assertThat(account.keyAuthorization("a-B_9")).isEqualTo("a-B_9." + account.keyThumbprint());
    for (String token : List.of("", "../etc", "a/b", "a.b", "a b", "ä")) {
      assertThatThrownBy(() -> account.keyAuthorization(token))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private String accountWithOrders() {
    return "{\"status\":\"valid\",\"orders\":\"" + ca.url("/orders") + "\"}";
  }

  private String orders(String... paths) {
    return Json.write(
        Map.of("orders", List.of(paths).stream().map(path -> ca.url(path).toString()).toList()));
  }

  private static String thumbprint(Object jwk) throws Exception {
    @SuppressWarnings("unchecked")
    Map<String, Object> members = (Map<String, Object>) jwk;
    return PublicJsonWebKey.Factory.newPublicJwk(members)
        .calculateBase64urlEncodedThumbprint("SHA-256");
  }
}
