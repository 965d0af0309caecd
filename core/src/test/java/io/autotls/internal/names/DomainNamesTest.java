package io.autotls.internal.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainNamesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "example.com               | example.com",
        "EXAMPLE.Com               | example.com",
        "example.com.              | example.com",
        "'  example.com\t'         | example.com",
        "localhost                 | localhost",
        "LOCALHOST.                | localhost",
        "app.localhost             | app.localhost",
        "*.example.com             | *.example.com",
        "*.EXAMPLE.com.            | *.example.com",
        "*.bücher.example          | *.xn--bcher-kva.example",
        "a--b.example.com          | a--b.example.com",
        "1.example.com             | 1.example.com",
        "3com.com                  | 3com.com",
        "bücher.example            | xn--bcher-kva.example",
        "BÜCHER.example            | xn--bcher-kva.example",
        "bu\u0308cher.example      | xn--bcher-kva.example",
        "xn--bcher-kva.example     | xn--bcher-kva.example",
        "XN--BCHER-KVA.example     | xn--bcher-kva.example",
        "straße.de                 | xn--strae-oqa.de",
        "FAẞ.de                    | xn--fa-hia.de",
        "βόλος.com                 | xn--nxasmm1c.com",
        "例え.テスト                 | xn--r8jz45g.xn--zckzah",
        "example。com               | example.com",
        "ｅｘａｍｐｌｅ.com            | example.com",
        "правда.рф                 | xn--80aafi6cg.xn--p1ai",
        "xn--ls8h.la               | xn--ls8h.la",
        "192.0.2.1                 | 192.0.2.1",
        "192.0.2.1.                | 192.0.2.1",
        "1.2.3.４                   | 1.2.3.4",
        "::1                       | ::1",
        "[::1]                     | ::1",
        "2001:DB8:0:0:0:0:0:1      | 2001:db8::1",
        "2001:db8:0:1:1:1:1:1      | 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1        | 2001:0:0:1::1",
        "2001:0db8::00a1           | 2001:db8::a1",
        "64:ff9b::192.0.2.33       | 64:ff9b::c000:221",
      })
  void namesAreNormalised(String written, String expected) {
    assertThat(DomainNames.normalize(written)).isEqualTo(expected);
    assertThat(DomainNames.normalize(expected)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                        | it is empty",
        "'  '                      | it is empty",
        "exa mple.com              | it contains a space",
        "a.com,b.com               | write one name at a time",
        "https://example.com/path  | write the host alone: example.com",
        "example.com/path          | write the host alone: example.com",
        "example.com:443           | write example.com",
        "192.0.2.1:443             | write 192.0.2.1",
        "ops@example.com           | it is an e-mail address",
        "a_b.example.com           | it contains an underscore",
        "ex%41mple.com             | it contains a percent sign",
        "a!b.com                   | it contains '!'",
        "example                   | it has one label only",
        "com.                      | it has one label only",
        ".                         | it has an empty label",
        ".example.com              | it has an empty label",
        "a..example.com            | it has an empty label",
        "example.com..             | it has an empty label",
        "*                         | a wildcard must be the whole leftmost label",
        "*.                        | it has an empty label",
        "*.com                     | no client accepts a wildcard directly below a top-level",
        "www.*.example.com         | a wildcard must be the whole leftmost label",
        "w*.example.com            | a wildcard must be the whole leftmost label",
        "*.*.example.com           | a wildcard must be the whole leftmost label",
        "*.192.0.2.1               | an address cannot have a wildcard",
        "-a.example.com            | a label begins or ends with a hyphen",
        "a-.example.com            | a label begins or ends with a hyphen",
        "ab--c.example.com         | two hyphens at the third place are reserved",
        "xn--zzzzzzzz.de           | no valid internationalised name",
        "xn--.de                   | no valid internationalised name",
        "xn--a.de                  | no valid internationalised name",
        "xn--abc-.de               | no valid internationalised name",
        "xn--Bücher.de             | no valid internationalised name",
        "a\u0001b.com              | it contains U+0001",
        "\u0308a.com               | begins with a combining mark",
        "a\uff3fb.com              | it contains an underscore",
        "1.2.3                     | this is none",
        "256.1.1.1                 | this is none",
        "1.2.3.04                  | this is none",
        "1.2.3.4.5                 | this is none",
        "99999999999.1.1.1         | this is none",
        "example.123               | its last label is a number",
        "fe80::1%eth0              | it names a zone",
        "2001:db8:::1              | it has a colon, but is no IPv6 address",
        "12345::                   | it has a colon, but is no IPv6 address",
        "::g                       | it has a colon, but is no IPv6 address",
        "[192.0.2.1]               | it contains '['",
      })
  void mistakesAreExplained(String written, String why) {
    assertThatThrownBy(() -> DomainNames.normalize(written))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .hasMessageStartingWith("\"");
  }

  @Test
  @Tag("O8")
  void labelsHaveSixtyThreeOctets() {
    assertThat(DomainNames.normalize("a".repeat(63) + ".com")).hasSize(67);

    assertThatThrownBy(() -> DomainNames.normalize("a".repeat(64) + ".com"))
        .hasMessageContaining("63 octets");
    assertThatThrownBy(() -> DomainNames.normalize("ü".repeat(60) + "ä.com"))
        .hasMessageContaining("63 octets");
  }

  @Test
  @Tag("O8")
  void namesHave253OctetsWithTheirWildcard() {
    String longest = ("a".repeat(62) + ".").repeat(3) + "a".repeat(60) + ".us";

    assertThat(longest).hasSize(252);
    assertThat(DomainNames.normalize("a" + longest + ".")).hasSize(253);
    assertThatThrownBy(() -> DomainNames.normalize("*." + longest))
        .hasMessageContaining("253 octets");
    assertThatThrownBy(() -> DomainNames.normalize("aa" + longest)).hasMessageContaining("octets");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x\u202eevil.com", "a\nb.com", "\ud800.com"})
  void messagesAreOneCleanLine(String written) {
    assertThatThrownBy(() -> DomainNames.normalize(written))
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n", "\u202e", "\ud800");
  }

  @Test
  void messagesAreShortHoweverLongTheInput() {
    assertThatThrownBy(() -> DomainNames.normalize(" x".repeat(100_000)))
        .extracting(Throwable::getMessage)
        .asString()
        .hasSizeLessThan(400);
  }

  @Test
  void anythingIsNormalisedOnceOrRefused() {
    Random random = new Random(20261124);
    int accepted = 0;
    for (int i = 0; i < 50_000; i++) {
      String written = randomName(random);
      try {
        String once = DomainNames.normalize(written);
        accepted++;
        assertThat(DomainNames.normalize(once)).as(written).isEqualTo(once);
        assertThat(once).matches("[a-z0-9.:*-]+");
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("is not a");
      }
    }
    assertThat(accepted).isGreaterThan(5_000);
  }

  private static String randomName(Random random) {
    String[] parts = {
      "a",
      "B",
      "7",
      "-",
      ".",
      "com",
      "example",
      "xn--",
      "*.",
      "ü",
      "ß",
      "。",
      "\u200d",
      "\u0308",
      "ａ",
      "１",
      "::",
      "1.2",
      "localhost",
      "שלום",
      "١",
      "\ud83d",
      "\ude80",
      "kva",
      "_",
      "K",
      "İ",
      "\u00ad",
      "ſ",
      "㎒",
      "℡",
      "\u3002",
      "%",
      ":",
      "[",
      "]",
      ".de",
      "bcher"
    };
    StringBuilder name = new StringBuilder();
    for (int n = 1 + random.nextInt(5); n > 0; n--) {
      int kind = random.nextInt(20);
      if (kind == 0) {
        name.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
      } else if (kind == 1) {
        name.append((char) random.nextInt(0x600));
      } else if (kind < 4) {
        name.append("xn--").append(Long.toString(random.nextInt(1 << 28), 36));
      } else {
        name.append(parts[random.nextInt(parts.length)]);
      }
    }
    return name.append(random.nextBoolean() ? ".com" : "").toString();
  }
}
