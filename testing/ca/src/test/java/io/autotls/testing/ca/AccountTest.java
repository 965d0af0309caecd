package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.security.KeyPair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jose4j.json.JsonUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccountTest {
  private static final byte[] SECRET = new byte[32];

  private TestCa ca = TestCa.builder().termsOfService(URI.create("https://ca.test/v7")).start();
  private AcmeClient client = new AcmeClient(ca);

  @AfterEach
  void stop() {
    ca.close();
  }

  @Test
  void theTermsMustBeAgreedTo() {
    AcmeClient.Reply reply = client.post(client.url("newAccount"), "{}");

    assertThat(reply.problem()).isEqualTo("userActionRequired");
    assertThat(reply.links()).contains("<https://ca.test/v7>;rel=\"terms-of-service\"");
    assertThat(client.meta().get("termsOfService")).isEqualTo("https://ca.test/v7");
  }

  @Test
  void aKeyHasOneAccount() {
    client.register();
    String first = client.kid;
    client.kid = null;

    AcmeClient.Reply again = client.post(client.url("newAccount"), "{\"onlyReturnExisting\":true}");

    assertThat(again.status()).isEqualTo(200);
    assertThat(again.header("Location")).isEqualTo(first);
    assertThat(ca.accounts()).hasSize(1);
  }

  @Test
  void onlyReturnExistingRegistersNothing() {
    AcmeClient.Reply reply =
        client.post(
            client.url("newAccount"),
            "{\"onlyReturnExisting\":true,\"termsOfServiceAgreed\":true}");

    assertThat(reply.problem()).isEqualTo("accountDoesNotExist");
    assertThat(ca.accounts()).isEmpty();
  }

  @Test
  void contactsAreMailAddresses() {
    assertThat(contact("mailto:a@example.com").status()).isEqualTo(201);
    assertThat(contact("tel:123").problem()).isEqualTo("unsupportedContact");
    assertThat(contact("mailto:a@example.com,b@example.com").problem()).isEqualTo("invalidContact");
    assertThat(contact("mailto:a@example.com?subject=x").problem()).isEqualTo("invalidContact");
  }

  private AcmeClient.Reply contact(String contact) {
    client.key = AcmeClient.ec();
    return client.post(
        client.url("newAccount"),
        "{\"termsOfServiceAgreed\":true,\"contact\":[\"" + contact + "\"]}");
  }

  @Test
  void contactsCanBeChanged() {
    client.register();

    client.post(client.kid, "{\"contact\":[\"mailto:ops@example.com\"]}");

    assertThat(ca.accounts().get(0).contact()).containsExactly("mailto:ops@example.com");
  }

  @Test
  void aDeactivatedAccountMayDoNothing() {
    client.register();

    client.post(client.kid, "{\"status\":\"deactivated\"}");

    AcmeClient.Reply reply = client.order("a.example.com");
    assertThat(reply.problem()).isEqualTo("unauthorized");
    assertThat(reply.status()).isEqualTo(401);
  }

  @Test
  void ordersAreListedInPages() {
    client.register();
    for (int i = 0; i < 4; i++) {
      client.order("a" + i + ".example.com");
    }
    AcmeClient.Reply first = client.read(client.read(client.kid).text("orders"));
    String link =
        first.links().stream().filter(l -> l.contains("\"next\"")).findFirst().orElseThrow();

    AcmeClient.Reply second = client.read(link.substring(1, link.indexOf('>')));

    assertThat(first.strings("orders")).hasSize(3);
    assertThat(second.strings("orders")).hasSize(1);
  }

  @Test
  void anAccountCanChangeItsKey() {
    client.register();
    KeyPair next = AcmeClient.ec();

    assertThat(changeKey(next, client.key).status()).isEqualTo(200);

    assertThat(client.order("a.example.com").problem()).isEqualTo("malformed");
    client.key = next;
    assertThat(client.order("a.example.com").status()).isEqualTo(201);
  }

  @Test
  void aKeyInUseIsNotTakenOver() {
    AcmeClient other = new AcmeClient(ca).register();
    client.register();

    AcmeClient.Reply reply = changeKey(other.key, client.key);

    assertThat(reply.status()).isEqualTo(409);
    assertThat(reply.header("Location")).isEqualTo(other.kid);
  }

  @Test
  void whoChangesTheKeyMustNameTheOldOne() {
    client.register();

    assertThat(changeKey(AcmeClient.ec(), AcmeClient.ec()).problem()).isEqualTo("malformed");
  }

  private AcmeClient.Reply changeKey(KeyPair next, KeyPair old) {
    String url = client.url("keyChange");
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("alg", "ES256");
    header.put("jwk", AcmeClient.jwk(next));
    header.put("url", url);
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("account", client.kid);
    payload.put("oldKey", AcmeClient.jwk(old));
    return client.post(
        url, JsonUtil.toJson(AcmeClient.sign(header, JsonUtil.toJson(payload), next)));
  }

  @Test
  void anExternalAccountMustBeBound() {
    ca.close();
    ca = TestCa.builder().externalAccountRequired("kid-1", SECRET).start();
    client = new AcmeClient(ca);

    assertThat(client.meta().get("externalAccountRequired")).isEqualTo(true);
    assertThat(contact("mailto:a@example.com").problem()).isEqualTo("externalAccountRequired");
    assertThat(bind("kid-2", SECRET, client.key).problem()).isEqualTo("unauthorized");
    assertThat(bind("kid-1", new byte[] {1}, client.key).problem()).isEqualTo("unauthorized");
    assertThat(bind("kid-1", SECRET, AcmeClient.ec()).problem()).isEqualTo("malformed");
    assertThat(bind("kid-1", SECRET, client.key).status()).isEqualTo(201);
  }

  @Test
  void anExternalAccountIsBoundByAnyOfThreeMacs() {
    ca.close();
    ca = TestCa.builder().externalAccountRequired("kid-1", SECRET).start();

    for (String algorithm : List.of("HS256", "HS384", "HS512")) {
      client = new AcmeClient(ca);
      assertThat(bind(algorithm, "kid-1", SECRET, client.key).status()).isEqualTo(201);
    }
  }

  private AcmeClient.Reply bind(String kid, byte[] secret, KeyPair key) {
    return bind("HS256", kid, secret, key);
  }

  private AcmeClient.Reply bind(String algorithm, String kid, byte[] secret, KeyPair key) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("alg", algorithm);
    header.put("kid", kid);
    header.put("url", client.url("newAccount"));
    Map<String, Object> binding =
        AcmeClient.mac(header, JsonUtil.toJson(AcmeClient.jwk(key)), secret);
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("termsOfServiceAgreed", true);
    payload.put("externalAccountBinding", binding);
    return client.post(client.url("newAccount"), JsonUtil.toJson(payload));
  }

  @Test
  void forgottenAccountsAreUnknown() {
    client.register();

    ca.forgetAccounts();

    assertThat(client.order("a.example.com").problem()).isEqualTo("accountDoesNotExist");
    assertThat(List.of()).isEqualTo(ca.accounts());
  }
}
