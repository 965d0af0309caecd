package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.internal.text.Keys;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.Issuer.KeyOrigin;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Progress;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An issuer that makes the keys of its certificates itself, in two steps. */
class KeyOriginTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Harness h = new Harness();
  private final List<String> keyTypes = new ArrayList<>();

  /** What it delivers. */
  private enum Delivery {
    BOTH,
    CHAIN_ALONE,
    ANOTHER_KEY
  }

  private class MakesKeys implements Issuer {
    private final Delivery delivery;

    MakesKeys(Delivery delivery) {
      this.delivery = delivery;
    }

    @Override
    public String id() {
      return "makes-keys";
    }

    @Override
    public String displayName() {
      return "Makes Keys";
    }

    @Override
    public KeyOrigin keyOrigin() {
      return KeyOrigin.ISSUER;
    }

    @Override
    public void start(IssuerContext context) {}

    @Override
    public Progress advance(Issuance work) {
      if (work.state().isEmpty()) {
        keyTypes.add(work.keyType());
        Duration wait = Duration.ofMinutes(1);
        return new Progress.Continue(Map.of("order", "1"), IssuanceStage.SIGNING, wait);
      }
      Credential made = Credential.selfSigned(work.names(), h.time::instant, RANDOM);
      KeyPair another = Keys.generate(KeyType.EC_P256, RANDOM);
      return switch (delivery) {
        case BOTH -> Progress.Issued.withKey(made.chain(), made.privateKey());
        case CHAIN_ALONE -> new Progress.Issued(made.chain());
        case ANOTHER_KEY -> Progress.Issued.withKey(made.chain(), another.getPrivate());
      };
    }

    @Override
    public void abandon(Issuance work) {}

    @Override
    public void close() {}
  }

  /** Says nothing of it before it delivers a key. */
  private final class SaysNothing extends MakesKeys {
    SaysNothing() {
      super(Delivery.BOTH);
    }

    @Override
    public KeyOrigin keyOrigin() {
      return KeyOrigin.NODE;
    }
  }

  @Test
  void aKeyThatWasMadeElsewhereIsServedAndStoredByAnyNode() throws IOException {
    AutoTls first =
        h.builder(new MakesKeys(Delivery.BOTH))
            .certificate(CertificateSpec.of("example.com"))
            .enable();
    h.advance(Duration.ofSeconds(10));
    String underWay = h.record();
    first.close(); // in the midst of it

    AutoTls second = h.node(new MakesKeys(Delivery.BOTH));
    h.advance(Duration.ofMinutes(2));
    AutoTls third = h.node(new MakesKeys(Delivery.BOTH));
    h.advance(Duration.ofMinutes(2));

    assertThat(underWay).contains("Job-Key: ISSUER\n").doesNotContain("PRIVATE KEY");
    assertThat(keyTypes).containsExactly("ec-p256");
    assertThat(h.isServed(second, "example.com")).isTrue();
    assertThat(h.served(third)).isEqualTo(h.served(second));
    assertThat(h.record()).doesNotContain("Job-Key");
  }

  @Test
  void whatDoesNotBelongTogetherIsRefused() {
    assertThat(problem(new MakesKeys(Delivery.ANOTHER_KEY))).contains("cannot be used");
    assertThat(problem(new MakesKeys(Delivery.CHAIN_ALONE)))
        .contains("no private key came with it, and the issuer makes the keys.");
    assertThat(problem(new SaysNothing()))
        .contains("a private key came with it, and it was ordered for another one.");
  }

  private String problem(Issuer issuer) {
    Harness fresh = new Harness();
    AutoTls node = fresh.node(issuer);
    fresh.advance(Duration.ofMinutes(2));
    assertThat(fresh.isServed(node, "example.com")).isFalse();
    return fresh.status(node).lastProblem().orElseThrow().toString();
  }
}
