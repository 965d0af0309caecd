package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifierTest {
  @ParameterizedTest
  @DisplayName("O8 names become lower-case A-labels without a trailing dot")
  @CsvSource({
    "example.com, example.com",
    "EXAMPLE.com., example.com",
    "*.Example.COM, *.example.com",
    "bücher.example, xn--bcher-kva.example",
    "BÜCHER.example, xn--bcher-kva.example",
    "*.bücher.example, *.xn--bcher-kva.example",
    "faß.example, xn--fa-hia.example",
    "xn--bcher-kva.example, xn--bcher-kva.example",
    "例え。テスト, xn--r8jz45g.xn--zckzah",
    "localhost, localhost",
    "1.example, 1.example",
  })
  void canonicalNames(String name, String canonical) {
    assertThat(Identifier.dns(name))
        .isEqualTo(new Identifier(Identifier.Type.DNS, canonical))
        .isEqualTo(Identifier.of(name));
  }

  @ParameterizedTest
  @DisplayName("O8 names that no certificate can have are refused")
  @ValueSource(
      strings = {
        "",
        ".",
        "*",
        "*.",
        "a..b",
        ".example.com",
        "example.com..",
        "a.*.example.com",
        "*.*.example.com",
        "w*.example.com",
        "-a.example",
        "a-.example",
        "under_score.example",
        "exa mple.com",
        "example.com/",
        "https://example.com",
        "☃.example",
        "xn--99999999.example",
        "1.2.3",
        "example.1",
        "a\u200bb.example",
        "bü_cher.example"
      })
  void impossibleNames(String name) {
    assertThatThrownBy(() -> Identifier.dns(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("O8 at most 253 characters, 63 in a label")
  void lengths() {
    String label = "a".repeat(63);
    String longest = String.join(".", label, label, label, "b".repeat(61));

    assertThat(Identifier.dns(longest).value()).hasSize(253);
    assertThatThrownBy(() -> Identifier.dns(longest + "c")).hasMessageContaining("253");
    assertThatThrownBy(() -> Identifier.dns(label + "a.example")).hasMessageContaining("63");
  }

  @ParameterizedTest
  @DisplayName("IP1 addresses in the form of RFC 5952")
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:db8::1, 2001:db8::1",
    "2001:0db8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1",
    "::1, ::1",
    "::ffff:192.0.2.1, 192.0.2.1",
  })
  void canonicalAddresses(String address, String canonical) {
    assertThat(Identifier.ip(address))
        .isEqualTo(new Identifier(Identifier.Type.IP, canonical))
        .isEqualTo(Identifier.of(address));
  }

  @ParameterizedTest
  @DisplayName("IP1 no brackets, no zones, no odd spellings, no names")
  @ValueSource(
      strings = {
        "[2001:db8::1]",
        "fe80::1%eth0",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.01",
        "0x7f.1",
        "1:2",
        ":::",
        "example.com",
        "127.0.0.1:443",
        "2001:db8::1:443:"
      })
  void impossibleAddresses(String address) {
    assertThatThrownBy(() -> Identifier.ip(address)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wildcardsAreRecognised() {
    assertThat(Identifier.dns("*.example.com").isWildcard()).isTrue();
    assertThat(Identifier.dns("example.com").isWildcard()).isFalse();
  }
}
