package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import javax.net.ssl.SSLException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpsScriptTest {
  private final TestCa ca = TestCa.start();
  private final AcmeClient client = new AcmeClient(ca).register();

  @AfterEach
  void stop() {
    ca.close();
  }

  private void assertRefused(String reason) {
    ThrowingCallable visit = () -> new AcmeClient(ca);
    assertThatThrownBy(visit)
        .isInstanceOf(UncheckedIOException.class)
        .hasCauseInstanceOf(SSLException.class)
        .hasStackTraceContaining(reason);
  }

  @Test
  void theCertificateHasExpired() {
    ca.https().expired();

    assertRefused("validity check failed");
  }

  @Test
  void aChangeEndsOpenConnections() {
    ca.https().expired();

    assertThatThrownBy(() -> client.get(ca.directory().toString()))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void theCertificateIsForAnotherHost() {
    ca.https().wrongHost();

    assertRefused("localhost");
  }

  @Test
  void theRootIsUnknown() {
    ca.https().untrusted();

    assertRefused("unable to find valid certification path");
  }

  @Test
  void everythingIsGoodAgain() {
    ca.https().untrusted();
    assertRefused("path");

    ca.https().intact();

    assertThat(new AcmeClient(ca).url("newOrder")).isNotEmpty();
  }
}
