package io.autotls.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegisteredDomainTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, example.com",
    "a.b.example.com, example.com",
    "*.example.com, example.com",
    "shop.example.co.uk, example.co.uk",
    "co.uk, co.uk",
    "me.github.io, me.github.io",
    "a.me.github.io, me.github.io",
    "www.xn--bcher-kva.example, xn--bcher-kva.example",
    "localhost, localhost",
    "192.0.2.7, 192.0.2.7",
    "2001:db8:1:2:3::4, 20010db800010002::/64",
    "2001:db8:1:2::5, 20010db800010002::/64",
  })
  void isThePublicSuffixAndOneLabelMore(String name, String domain) {
    assertThat(RegisteredDomain.of(name)).isEqualTo(domain);
  }
}
