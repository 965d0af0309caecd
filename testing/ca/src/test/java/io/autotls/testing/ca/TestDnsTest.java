package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.testing.ca.internal.dns.DnsClient;
import io.autotls.testing.ca.internal.dns.DnsMessage;
import io.autotls.testing.ca.internal.dns.DnsRecord;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestDnsTest {
  private final TestDns dns = TestDns.start();
  private final DnsClient client = new DnsClient(dns.address(), new Random(1));

  @AfterEach
  void stop() {
    dns.close();
  }

  @Test
  void everyNameHasTheDefaultAddress() throws IOException {
    assertThat(client.addresses("anything.example.com"))
        .extracting(InetAddress::getHostAddress)
        .containsExactly("127.0.0.1");
  }

  @Test
  void aNameHasItsOwnAddresses() throws IOException {
    dns.a("A.example.com.", "192.0.2.7", "2001:db8::1");

    assertThat(client.addresses("a.EXAMPLE.com"))
        .extracting(InetAddress::getHostAddress)
        .containsExactly("2001:db8:0:0:0:0:0:1", "192.0.2.7");
  }

  @Test
  void textRecordsAreAddedAndRemovedOneByOne() throws IOException {
    dns.addTxt("a.example.com", "one").addTxt("a.example.com", "two");
    dns.removeTxt("a.example.com", "one");

    assertThat(client.texts("a.example.com")).containsExactly("two");
    assertThat(dns.txt("a.example.com")).containsExactly("two");
  }

  @Test
  void aLongTextIsJoinedAgain() throws IOException {
    dns.txt("a.example.com", "x".repeat(300));

    assertThat(client.texts("a.example.com")).containsExactly("x".repeat(300));
  }

  @Test
  void whatIsTooLongForUdpComesOverTcp() throws IOException {
    String[] values =
        IntStream.range(0, 30).mapToObj(i -> i + "y".repeat(100)).toArray(String[]::new);
    dns.txt("a.example.com", values);

    assertThat(client.texts("a.example.com")).containsExactly(values);
    assertThat(dns.queries()).hasSize(2);
  }

  @Test
  void aliasesAreFollowed() throws IOException {
    dns.cname("a.example.com", "b.example.com").cname("b.example.com", "c.example.com");
    dns.txt("c.example.com", "here");

    assertThat(client.texts("a.example.com")).containsExactly("here");
  }

  @Test
  void failuresLastUntilTheyAreHealed() throws IOException {
    dns.servfail("a.example.com");
    assertThatThrownBy(() -> client.addresses("a.example.com")).hasMessageContaining("SERVFAIL");

    dns.heal("a.example.com");

    assertThat(client.addresses("a.example.com")).hasSize(1);
  }

  @Test
  void aZoneNamesItselfInNegativeAnswers() throws IOException {
    dns.zone("example.com", "ns1.example.com");

    DnsMessage answer = client.query("missing.example.com", DnsRecord.TXT);

    assertThat(answer.answers()).isEmpty();
    assertThat(answer.authority())
        .extracting(DnsRecord::name, DnsRecord::type)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("example.com", DnsRecord.SOA));
    assertThat(client.query("example.com", DnsRecord.NS).answers().get(0).toName())
        .isEqualTo("ns1.example.com");
  }

  @Test
  void tcpIsSpokenDirectly() throws IOException {
    byte[] query = {
      0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1
    };
    try (Socket socket = new Socket(dns.address().getAddress(), dns.address().getPort())) {
      ByteBuffer framed = ByteBuffer.allocate(2 + query.length);
      socket.getOutputStream().write(framed.putShort((short) query.length).put(query).array());

      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);

      assertThat(answer).endsWith(new byte[] {0, 4, 127, 0, 0, 1});
    }
  }
}
