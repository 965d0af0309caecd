package io.autotls.internal.names;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InternalNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "app.localhost",
        "*.app.localhost",
        "shop.test",
        "*.shop.test",
        "db.internal",
        "printer.local",
        "nas.home.arpa",
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.178.1",
        "169.254.1.1",
        "100.64.0.1",
        "::1",
        "fd12:3456::1",
        "fe80::1"
      })
  void meanSomethingHereOnly(String name) {
    assertThat(InternalNames.isInternal(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.com",
        "test.example.com",
        "mytest",
        "latest",
        "localhost.example.com",
        "notinternal",
        "arpa",
        "8.8.8.8",
        "172.32.0.1",
        "172.15.255.255",
        "100.128.0.1",
        "128.0.0.1",
        "2001:db8::1",
        "::2",
        "::ffff:10.0.0.1"
      })
  void othersMeanSomethingEverywhere(String name) {
    assertThat(InternalNames.isInternal(name)).isFalse();
  }
}
