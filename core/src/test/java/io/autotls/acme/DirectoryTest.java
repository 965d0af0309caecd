package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.html;
import static io.autotls.acme.ScriptedCa.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DirectoryTest {
  private static final KeyPair KEY = AcmeKeys.generate();

  private final SettableClock clock = new SettableClock();
  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().clock(clock).build();

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName("D2 PR1 meta with all that is known")
  void meta() throws Exception {
    ca.on(
        "GET /directory",
        json(
            200,
            ca.directory(
                "\"meta\":{\"termsOfService\":\"https://ca.test/terms.pdf\","
                    + "\"website\":\"https://ca.test\",\"caaIdentities\":[\"ca.test\"],"
                    + "\"externalAccountRequired\":true,"
                    + "\"profiles\":{\"classic\":\"the usual\",\"odd\":7}}")));

    Directory directory = client.directory();

    assertThat(directory.termsOfService()).contains(URI.create("https://ca.test/terms.pdf"));
    assertThat(directory.website()).contains(URI.create("https://ca.test"));
    assertThat(directory.caaIdentities()).containsExactly("ca.test");
    assertThat(directory.externalAccountRequired()).isTrue();
    assertThat(directory.profiles()).containsOnlyKeys("classic");
    assertThat(directory.offersRenewalInfo()).isTrue();
  }

  @Test
  @DisplayName("D2 D3 FT13 no meta, and unknown keys with values of any kind")
  void noMetaAndUnknownKeys() throws Exception {
    ca.on(
        "GET /directory",
        json(
            200,
            ca.directory(
                "\"Zx3\":\"https://community.ca.test/t/adding-random-entries\"",
                "\"a\":{\"b\":[1,2.5e10,null,true]}",
                "\"c\":99999999999999999999999")));

    Directory directory = client.directory();

    assertThat(directory.termsOfService()).isEmpty();
    assertThat(directory.externalAccountRequired()).isFalse();
    assertThat(directory.profiles()).isEmpty();
  }

  @Test
  @DisplayName("D4 FT13 a missing resource is said to be unsupported, before any request")
  void missingResources() throws Exception {
    String json = ca.directory();
    for (String resource : new String[] {"keyChange", "revokeCert", "renewalInfo"}) {
      json = json.replace("\"" + resource + "\"", "\"no-" + resource + "\"");
    }
    ca.on("GET /directory", json(200, json));
    AcmeAccount account = client.account(KEY, ca.account(KEY));

    assertThatThrownBy(() -> account.changeKey(AcmeKeys.generate()))
        .isInstanceOf(AcmeUnsupportedException.class)
        .hasMessageContaining("does not support changing the account key");
    assertThatThrownBy(() -> account.revoke(ca.pki.root, AcmeRevocationReason.SUPERSEDED))
        .isInstanceOf(AcmeUnsupportedException.class);
    assertThatThrownBy(() -> account.preAuthorize(Identifier.dns("example.com")))
        .isInstanceOf(AcmeUnsupportedException.class);
    assertThat(client.renewalInfo(ca.pki.leaf(KEY, "example.com"))).isEmpty();
    assertThat(ca.log()).containsExactly("GET /directory");
  }

  @Test
  @DisplayName("D1 something that is not a directory is said to be none")
  void notADirectory() {
    ca.on("GET /directory", json(200, "{\"hello\":\"world\"}"));

    assertThatThrownBy(client::directory)
        .isInstanceOf(AcmeServerException.class)
        .hasMessageContaining("is the directory URL right?");
  }

  @Test
  @DisplayName("D5 the directory is kept for an hour")
  void keptForAnHour() throws Exception {
    client.directory();
    clock.advance(Duration.ofMinutes(59));
    client.directory();
    assertThat(ca.log()).hasSize(1);

    clock.advance(Duration.ofMinutes(2));
    client.directory();
    assertThat(ca.log()).hasSize(2);

    clock.advance(Duration.ofDays(-30));
    client.directory();
    assertThat(ca.log()).hasSize(3);
  }

  @Test
  @DisplayName("D5 FT14 a failure is not kept")
  void failuresAreNotKept() throws Exception {
    ca.on("GET /directory", html(404), json(200, ca.directory()));

    assertThatThrownBy(client::directory).isInstanceOf(AcmeServerException.class);

    assertThat(client.directory().url()).isEqualTo(ca.url("/directory"));
  }

  @Test
  @DisplayName("D5 after a 404 the directory is asked again")
  void askedAgainAfter404() throws Exception {
    AcmeAccount account = client.account(KEY, ca.account(KEY));
    OrderRequest order = OrderRequest.of(Identifier.dns("example.com"));

    assertThatThrownBy(() -> account.newOrder(order)).isInstanceOf(AcmeProblemException.class);
    assertThatThrownBy(() -> account.newOrder(order)).isInstanceOf(AcmeProblemException.class);

    assertThat(ca.log().stream().filter(line -> line.equals("GET /directory"))).hasSize(2);
  }
}
