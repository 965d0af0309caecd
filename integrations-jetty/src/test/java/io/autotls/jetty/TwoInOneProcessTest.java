package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.storage.FileStorage;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.FreePorts;
import io.autotls.testing.Visitor;
import io.autotls.testing.VisitorLoad;
import io.autotls.testing.ca.OrderView;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.RequiresPebble;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two AutoTls in one process, with different CAs, do not notice each other. */
@Execution(ExecutionMode.CONCURRENT)
@Order(2)
class TwoInOneProcessTest {
  private static final Duration LIFETIME = Duration.ofSeconds(16);
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir private Path folder;

  @Test
  void eachRenewsWithItsOwnCaAndTheEndOfOneDoesNotDisturbTheOther() throws Exception {
    Ports shopPorts = new Ports();
    Ports blogPorts = new Ports();
    try (TestCa shopCa = ca(shopPorts);
        TestCa blogCa = ca(blogPorts);
        Site shop = new Site("shop.example", shopPorts, shopCa, storage("shop"));
        Site blog = new Site("blog.example", blogPorts, blogCa, storage("blog"))) {
      shop.awaitReady();
      blog.awaitReady();

      try (VisitorLoad readers = blog.visitors(blogCa)) {
        try (VisitorLoad customers = shop.visitors(shopCa)) {
          assertThat(customers.awaitCertificates(2, PATIENCE)).isGreaterThanOrEqualTo(2);
          assertThat(readers.awaitCertificates(2, PATIENCE)).isGreaterThanOrEqualTo(2);
          assertThat(customers.failures()).isEmpty();
        }
        shop.end();
        int ordersOfTheShop = shopCa.orders().size();
        int before = readers.awaitCertificates(0, PATIENCE);

        assertThat(readers.awaitCertificates(before + 1, PATIENCE))
            .as("the blog renews once more")
            .isGreaterThanOrEqualTo(before + 1);
        assertThat(readers.failures()).isEmpty();
        assertThat(shopCa.orders()).as("of a shop that is closed").hasSize(ordersOfTheShop);
      }

      assertThat(names(shopCa)).containsOnly("shop.example");
      assertThat(names(blogCa)).containsOnly("blog.example");
      assertThat(shopCa.accounts()).hasSize(1);
      assertThat(blogCa.accounts()).hasSize(1);
      assertThat(certificates("shop")).hasSize(1).doesNotContainAnyElementsOf(certificates("blog"));
    }
  }

  @Test
  @Tag("pebble")
  @RequiresPebble
  void oneNameFromTwoCasIsTwoCertificates() throws Exception {
    Ports ownPorts = new Ports();
    Ports pebblePorts = new Ports();
    try (TestCa ca = ca(ownPorts);
        Pebble pebble =
            Pebble.builder().httpPort(pebblePorts.http).tlsPort(pebblePorts.https).start();
        Site own = new Site("shop.example", ownPorts, ca, MemoryStorage.create());
        Site foreign =
            new Site(
                "shop.example",
                pebblePorts,
                pebble.directory(),
                pebble.httpsRoot(),
                MemoryStorage.create())) {
      own.awaitReady();
      foreign.awaitReady();

      Visitor.trusting(List.of(ca.root())).get("shop.example", ownPorts.https);
      Visitor.trusting(List.of(pebble.root())).get("shop.example", pebblePorts.https);
    }
  }

  private static TestCa ca(Ports ports) {
    return TestCa.builder()
        .httpPort(ports.http)
        .tlsPort(ports.https)
        .certificateLifetime(LIFETIME)
        .start();
  }

  private static Stream<String> names(TestCa ca) {
    return ca.orders().stream().map(OrderView::names).flatMap(List::stream);
  }

  private Storage storage(String name) {
    return FileStorage.at(folder.resolve(name));
  }

  private List<String> certificates(String name) throws IOException {
    List<String> names = new ArrayList<>();
    try (Storage storage = storage(name);
        Listing entries = storage.list(KeyPrefix.of("certificates/"))) {
      while (entries.next()) {
        names.add(entries.entry().key().name());
      }
    }
    return names;
  }

  private static final class Ports {
    private final int http = FreePorts.next();
    private final int https = FreePorts.next();
  }

  /** An application with a server and an AutoTls of its own. */
  private static final class Site implements AutoCloseable {
    private final String name;
    private final Ports ports;
    private final AutoTls tls;
    private final AdaptedJetty server;

    Site(String name, Ports ports, TestCa ca, Storage storage) throws Exception {
      this(name, ports, ca.directory(), ca.httpsRoot(), storage);
    }

    Site(String name, Ports ports, URI directory, X509Certificate httpsRoot, Storage storage)
        throws Exception {
      this.name = name;
      this.ports = ports;
      tls =
          AutoTls.builder()
              .domains(name)
              .issuer(AcmeIssuer.builder(directory).trustedRoots(List.of(httpsRoot)).build())
              .agreeToTermsOfService()
              .storage(storage)
              .solver(Solvers.of("http-01"))
              .httpPort(ports.http)
              .httpsPort(ports.https)
              .enable();
      server = new AdaptedJetty(tls);
      server.start();
    }

    void awaitReady() throws Exception {
      tls.ready().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    VisitorLoad visitors(TestCa ca) {
      return VisitorLoad.start(Visitor.trusting(List.of(ca.root())), name, ports.https, 1);
    }

    void end() throws IOException {
      try {
        server.end();
      } catch (Exception e) {
        throw new IOException("cannot stop the server of " + name, e);
      }
      tls.close();
    }

    @Override
    public void close() throws IOException {
      end();
    }
  }
}
