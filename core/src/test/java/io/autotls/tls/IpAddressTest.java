package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class IpAddressTest {
  @Test
  @Tag("IP1")
  void textBecomesCanonical() {
    Map<String, String> canonical =
        Map.ofEntries(
            Map.entry("192.0.2.1", "192.0.2.1"),
            Map.entry("0.0.0.0", "0.0.0.0"),
            Map.entry("::", "::"),
            Map.entry("::1", "::1"),
            Map.entry("1::", "1::"),
            Map.entry("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            Map.entry("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            Map.entry("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            Map.entry("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            Map.entry("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            Map.entry("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
            Map.entry("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
            Map.entry("::ffff:192.0.2.1", "::ffff:c000:201"),
            Map.entry("::192.0.2.1", "::c000:201"));

    canonical.forEach(
        (text, expected) -> assertThat(IpAddress.parse(text)).as(text).get().hasToString(expected));
  }

  @Test
  void everythingElseIsNoAddress() {
    List<String> others =
        List.of(
            "",
            ".",
            ":",
            ":::",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.2.3.04",
            "1.2.3.-4",
            "1.2.3.4 ",
            "0x1.2.3.4",
            "example.com",
            "a:b",
            "[::1]",
            "fe80::1%eth0",
            "::g",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            "12345::",
            "\u0661.2.3.4",
            "\uff11::1",
            "1.2.3.4:80",
            "example.com:80",
            "dead.beef:cafe");

    others.forEach(text -> assertThat(IpAddress.parse(text)).as(text).isEmpty());
  }

  @Test
  @Tag("IP2")
  void reverseNamesGoBothWays() {
    IpAddress v4 = IpAddress.parse("192.0.2.1").orElseThrow();
    IpAddress v6 = IpAddress.parse("2001:db8::1").orElseThrow();
    String reverse = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";

    assertThat(v4.reverseName()).isEqualTo("1.2.0.192.in-addr.arpa");
    assertThat(v6.reverseName()).isEqualTo(reverse);
    assertThat(IpAddress.parseReverseName("1.2.0.192.IN-ADDR.arpa")).contains(v4);
    assertThat(IpAddress.parseReverseName(reverse.toUpperCase())).contains(v6);
  }

  @Test
  void otherNamesAreNoReverseNames() {
    List<String> others =
        List.of(
            "",
            "in-addr.arpa",
            ".in-addr.arpa",
            "2.0.192.in-addr.arpa",
            "x.in-addr.arpa",
            "1.2.0.192.in-addr.arpa.",
            "1.2.0.192.example.com",
            "ip6.arpa",
            "1.0.ip6.arpa",
            "1".repeat(63) + ".ip6.arpa",
            "g" + ".0".repeat(31) + ".ip6.arpa");

    others.forEach(name -> assertThat(IpAddress.parseReverseName(name)).as(name).isEmpty());
  }

  @Test
  void anyAddressIsReadBackAndAgreesWithBouncyCastle() {
    Random random = new Random(42);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = new byte[i % 2 == 0 ? 4 : 16];
      random.nextBytes(bytes);
      for (int zeros = random.nextInt(8); zeros > 0; zeros--) {
        bytes[random.nextInt(bytes.length)] = 0;
      }
      IpAddress address = IpAddress.of(bytes);

      assertThat(IpAddress.parse(address.toString())).contains(address);
      assertThat(IpAddress.parseReverseName(address.reverseName())).contains(address);
      GeneralName name = new GeneralName(GeneralName.iPAddress, address.toString());
      assertThat(ASN1OctetString.getInstance(name.getName()).getOctets()).isEqualTo(bytes);
    }
  }

  @Test
  void anAddressHasFourOrSixteenBytes() {
    assertThatThrownBy(() -> IpAddress.of(new byte[5]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
