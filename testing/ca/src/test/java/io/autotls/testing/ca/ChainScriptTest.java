package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChainScriptTest {
  private static final Instant NOW = Instant.parse("2031-05-06T07:08:09Z");

  private final TestCa ca =
      TestCa.builder().time(() -> NOW).intermediates(2).alternateRoots(1).start();
  private final AcmeClient client = new AcmeClient(ca).register();
  private final KeyPair key = AcmeClient.ec();

  ChainScriptTest() {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    ca.flow().ordersAreBornReady();
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private AcmeClient.Reply download() {
    AcmeClient.Reply order = client.order("a.example.com", "b.example.com");
    AcmeClient.Reply valid = client.finish(order, key, "a.example.com", "b.example.com");
    return client.read(valid.text("certificate"));
  }

  private List<X509Certificate> chain() {
    return Csrs.chain(download().http().body());
  }

  @Test
  void aChainIsReversed() {
    ca.chains().reversed();

    assertThat(chain().get(2)).isEqualTo(ca.issued().get(0));
  }

  @Test
  void rootAndStrangerFollow() {
    ca.chains().withRoot();
    ca.chains().withStranger();

    List<X509Certificate> chain = chain();

    assertThat(chain).hasSize(5);
    assertThat(chain.get(3)).isEqualTo(ca.root());
    assertThat(chain.get(4).getSubjectX500Principal().getName()).contains("Stranger");
  }

  @Test
  void theLeafIsAlone() {
    ca.chains().leafOnly();

    assertThat(chain()).containsExactly(ca.issued().get(0));
  }

  @Test
  void aPrivateKeyFollows() {
    ca.chains().withPrivateKey();

    assertThat(download().http().body()).contains("-----BEGIN PRIVATE KEY-----");
  }

  @Test
  void linesEndInCrLf() {
    ca.chains().withCrLf();

    String body = download().http().body();

    assertThat(body.replace("\r\n", "")).doesNotContain("\n");
    assertThat(Csrs.chain(body)).hasSize(3);
  }

  @Test
  void everythingEndsWhenChainsAreIntact() {
    ca.chains().leafOnly();
    ca.chains().issueForOtherKey();
    ca.chains().withCrLf();

    ca.chains().intact();

    assertThat(chain()).hasSize(3);
    assertThat(ca.issued().get(0).getPublicKey()).isEqualTo(key.getPublic());
  }

  @Test
  void aCertificateHasAnotherKey() {
    ca.chains().issueForOtherKey();

    assertThat(chain().get(0).getPublicKey()).isNotEqualTo(key.getPublic());
  }

  @Test
  void aCertificateHasOtherNames() throws Exception {
    ca.chains().issueWithoutName("b.example.com");
    ca.chains().issueWithExtraName("www.a.example.com");

    assertThat(chain().get(0).getSubjectAlternativeNames())
        .extracting(name -> name.get(1).toString())
        .containsExactlyInAnyOrder("a.example.com", "www.a.example.com");
  }

  @Test
  void aCertificateHasExpired() {
    ca.chains().issueExpired();

    assertThat(chain().get(0).getNotAfter().toInstant()).isEqualTo(NOW.minusSeconds(3600));
  }

  @Test
  void aCertificateBeginsLater() {
    ca.chains().issueAhead(Duration.ofMinutes(10));

    assertThat(chain().get(0).getNotBefore().toInstant()).isEqualTo(NOW.plusSeconds(600));
  }

  @Test
  void anAlternateFailsWhereTheDefaultDoesNot() {
    ca.chains().refuseAlternates();
    AcmeClient.Reply pem = download();

    String alternate =
        pem.links().stream().filter(l -> l.contains("\"alternate\"")).findFirst().orElseThrow();

    assertThat(pem.status()).isEqualTo(200);
    assertThat(client.read(alternate.substring(1, alternate.indexOf('>'))).status()).isEqualTo(500);
  }
}
