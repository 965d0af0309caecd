package io.autotls.conformance;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.CertificateChain;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.ExternalAccountBinding;
import io.autotls.acme.NewAccount;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.Waiter;
import io.autotls.testing.pebble.Pebble;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A Pebble that several tests share, with a web server for its validations. Its client does not
 * wait as long as it should, for Pebble does not mind: each wait is noted, and cut short.
 */
final class PebbleStage implements AutoCloseable {
  static final String EAB_KID = "kid-1";
  static final String EAB_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

  private static final Duration SHORT = Duration.ofMillis(20);

  final Pebble pebble;
  final WebAnswers web;
  final List<Duration> waits = new CopyOnWriteArrayList<>();
  final AcmeClient client;

  PebbleStage(Pebble.Builder settings) {
    this.pebble = settings.start();
    this.web = WebAnswers.listen(pebble.httpPort());
    this.client = client().waiter(this::hurry).build();
  }

  /** A client that waits as it should. */
  AcmeClient.Builder client() {
    return AcmeClient.builder(pebble.directory()).trustedRoots(List.of(pebble.httpsRoot()));
  }

  private void hurry(Duration duration) throws InterruptedException {
    waits.add(duration);
    Waiter.system().await(duration.compareTo(SHORT) < 0 ? duration : SHORT);
  }

  static NewAccount agreed() {
    return NewAccount.builder().email("ops@example.com").termsOfServiceAgreed().build();
  }

  static NewAccount bound() {
    return NewAccount.builder()
        .termsOfServiceAgreed()
        .externalAccountBinding(ExternalAccountBinding.of(EAB_KID, EAB_KEY))
        .build();
  }

  /** A new account with a new key. */
  AcmeAccount account() throws AcmeException {
    return client.register(AcmeKeys.generate(), bound());
  }

  CertificateWish wish(KeyPair key, OrderRequest request) {
    return CertificateWish.builder(request, key, web).build();
  }

  CertificateChain obtains(AcmeAccount account, OrderRequest request) throws Exception {
    return obtains(account, wish(AcmeKeys.generate(), request));
  }

  CertificateChain obtains(AcmeAccount account, CertificateWish wish) throws Exception {
    return Stage.issued(OrderDriver.of(account).obtain(wish));
  }

  @Override
  public void close() {
    client.close();
    web.close();
    pebble.close();
  }
}
