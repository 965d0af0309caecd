package io.autotls.testing.pebble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import javax.naming.NamingException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@RequiresPebble({PebbleVersion.V2_10, PebbleVersion.V2_4})
class PebbleTest {
  @ParameterizedTest
  @EnumSource
  void theDirectoryAnswersOverHttpsUnderItsRoot(PebbleVersion version) throws Exception {
    try (Pebble pebble = Pebble.builder().version(version).start()) {
      HttpClient client = HttpClient.newBuilder().sslContext(pebble.sslContext()).build();

      assertThat(get(client, pebble)).contains("newAccount").contains("newOrder");
      assertThat(pebble.httpsRootFile()).content().startsWith("-----BEGIN CERTIFICATE-----");
    }
  }

  @Test
  void whoDoesNotKnowItsRootDoesNotTrustIt() {
    try (Pebble pebble = Pebble.builder().start()) {
      assertThatThrownBy(() -> get(HttpClient.newHttpClient(), pebble))
          .isInstanceOf(SSLHandshakeException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theIssuingRootsAreToldAndAreNotTheRootOfItsHttps(PebbleVersion version) {
    try (Pebble pebble = Pebble.builder().version(version).alternateRoots(2).start()) {
      assertThat(pebble.roots()).hasSize(3).doesNotHaveDuplicates().startsWith(pebble.root());
      assertThat(pebble.root().getSubjectX500Principal().getName()).contains("Pebble Root CA");
      assertThat(pebble.roots()).doesNotContain(pebble.httpsRoot());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theDnsAnswersWhatItIsTold(PebbleVersion version) throws Exception {
    try (Pebble pebble = Pebble.builder().version(version).start()) {
      ChallengeDns dns = pebble.dns();
      dns.addA("www.example.test", "127.0.0.7");
      dns.addTxt("_acme-challenge.example.test", "one");
      dns.addTxt("_acme-challenge.example.test", "two");
      dns.setServfail("broken.example.test");

      assertThat(ask(dns, "www.example.test", "A")).containsExactly("127.0.0.7");
      assertThat(ask(dns, "other.example.test", "A")).containsExactly("127.0.0.1");
      assertThat(ask(dns, "other.example.test", "AAAA")).isEmpty();
      assertThat(ask(dns, "_acme-challenge.example.test", "TXT"))
          .containsExactlyInAnyOrder("one", "two");
      assertThatThrownBy(() -> ask(dns, "broken.example.test", "A"))
          .isInstanceOf(NamingException.class);

      dns.clearA("www.example.test");
      dns.clearTxt("_acme-challenge.example.test");
      dns.clearServfail("broken.example.test");

      assertThat(ask(dns, "www.example.test", "A")).containsExactly("127.0.0.1");
      assertThat(ask(dns, "_acme-challenge.example.test", "TXT")).isEmpty();
      assertThat(ask(dns, "broken.example.test", "A")).containsExactly("127.0.0.1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingEndsBothProcessesAndRemovesTheirFiles(PebbleVersion version) {
    Pebble pebble = Pebble.builder().version(version).start();
    List<ProcessHandle> handles = pebble.handles().toList();
    assertThat(handles).hasSize(2).allMatch(ProcessHandle::isAlive);

    pebble.close();
    pebble.close();

    assertThat(handles).noneMatch(ProcessHandle::isAlive);
    assertThat(Files.exists(pebble.httpsRootFile().getParent())).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void settingsReachPebble(PebbleVersion version) {
    try (Pebble pebble =
        Pebble.builder()
            .version(version)
            .certificateLifetime(Duration.ofSeconds(20))
            .nonceRejectPercent(33)
            .authzReusePercent(0)
            .chainLength(2)
            .externalAccount(
                "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W")
            .domainBlocklist("blocked.test")
            .httpPort(5002)
            .tlsPort(5001)
            .strict()
            .start()) {
      assertThat(pebble.log())
          .contains("certificate validity period of 20 seconds")
          .contains("reject 33% of good nonces")
          .contains("reuse for each identifier 0% of the time");
      assertThat(pebble.httpPort()).isEqualTo(5002);
      assertThat(pebble.tlsPort()).isEqualTo(5001);
    }
  }

  @Test
  void profilesReplaceTheDefault() throws Exception {
    try (Pebble pebble =
        Pebble.builder()
            .profile("classic", Duration.ofDays(90))
            .profile("short", Duration.ofDays(6))
            .start()) {
      HttpClient client = HttpClient.newBuilder().sslContext(pebble.sslContext()).build();

      assertThat(get(client, pebble))
          .contains("\"classic\"", "\"short\"")
          .doesNotContain("\"default\"");
    }
  }

  @Test
  void anOldPebbleHasNoProfiles() {
    Pebble.Builder builder =
        Pebble.builder().version(PebbleVersion.V2_4).profile("short", Duration.ofDays(6));

    assertThatThrownBy(builder::start).hasMessageContaining("Pebble 2.4 has no profiles");
  }

  @ParameterizedTest
  @EnumSource
  void aPortThatSomebodyTookIsReplacedByAnother(PebbleVersion version) throws Exception {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    Ports free = Ports.free();
    try (ServerSocket directory = new ServerSocket(free.directory(), 1, loopback);
        ServerSocket dns = new ServerSocket(free.dns(), 1, loopback)) {
      int other = Ports.free().directory();
      Iterator<Ports> ports =
          List.of(
                  with(directory.getLocalPort(), Ports.free().dns()),
                  with(other, dns.getLocalPort()),
                  Ports.free())
              .iterator();

      try (Pebble pebble = Pebble.builder().version(version).start(ports::next)) {
        assertThat(ports.hasNext()).isFalse();
        assertThat(pebble.root()).isNotNull();
      }
    }
  }

  @Test
  void severalRunBesideEachOther() throws Exception {
    try (Pebble first = Pebble.builder().start();
        Pebble second = Pebble.builder().start()) {
      first.dns().addA("www.example.test", "127.0.0.7");

      assertThat(first.directory()).isNotEqualTo(second.directory());
      assertThat(first.root()).isNotEqualTo(second.root());
      assertThat(ask(second.dns(), "www.example.test", "A")).containsExactly("127.0.0.1");
    }
  }

  private static Ports with(int directory, int dns) throws IOException {
    Ports free = Ports.free();
    return new Ports(
        directory, free.management(), dns, free.dnsManagement(), free.http(), free.tls());
  }

  private static String get(HttpClient client, Pebble pebble) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(pebble.directory()).timeout(Duration.ofSeconds(10)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private static List<String> ask(ChallengeDns dns, String host, String type)
      throws NamingException {
    return DnsQuery.ask(dns.address(), host, type);
  }
}
