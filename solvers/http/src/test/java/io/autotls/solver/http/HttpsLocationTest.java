package io.autotls.solver.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpsLocationTest {
  @ParameterizedTest
  @CsvSource({
    "example.com,            /,              443,  https://example.com/",
    "example.com:80,         /a?b=c%20d,     443,  https://example.com/a?b=c%20d",
    "example.com:,           /,              443,  https://example.com/",
    "Example.COM:8080,       /,              8443, https://Example.COM:8443/",
    "xn--bcher-kva.example,  //evil.test,    443,  https://xn--bcher-kva.example//evil.test",
    "my_host.example.,       /,              443,  https://my_host.example./",
    "192.0.2.1:80,           /,              443,  https://192.0.2.1/",
    "[2001:db8::1]:80,       /,              443,  https://[2001:db8::1]/",
    "[2001:db8::1],          /,              8443, https://[2001:db8::1]:8443/",
    "example.com,            *,              443,  https://example.com/",
    "example.com,            http://other.example:80/x?y, 443, https://other.example/x?y",
    "example.com,            http://other.example,        443, https://other.example/",
    "example.com,            http://other.example?q,      443, https://other.example/?q",
  })
  void aRequestIsSentToTheSamePlaceOnHttps(
      String host, String target, int httpsPort, String location) {
    assertThat(Http01Solver.httpsLocation(host, target, httpsPort)).contains(location);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "user@example.com",
        "example.com/evil",
        "example.com\\evil",
        "example.com?x",
        "example.com#x",
        "example.com:80:80",
        "example.com:http",
        "example.com:123456",
        "example.com:65536",
        "[:::]",
        "[1.2.3.4]",
        "[::1]evil.test",
        "example.com\t",
        "example.com\u0000",
        "example.com evil",
        "example.com\r\nSet-Cookie: a=b",
        "example.com\n",
        "a..b",
        ".example.com",
        "-x.example",
        "%65xample.com",
        "[fe80::1%25eth0]",
        "[::1",
        "::1",
        "[]",
        "[example.com]",
        "ex\u00e4mple.com",
        "<script>"
      })
  void aHostThatNoBrowserSendsIsRefused(String host) {
    assertThat(Http01Solver.httpsLocation(host, "/", 443)).isEmpty();
    assertThat(Http01Solver.redirect("GET", host, "/", 443).status()).isEqualTo(400);
  }

  @Test
  void aMissingOrEndlessHostIsRefused() {
    assertThat(Http01Solver.httpsLocation(null, "/", 443)).isEmpty();
    assertThat(Http01Solver.httpsLocation("a".repeat(256), "/", 443)).isEmpty();
    assertThat(Http01Solver.httpsLocation("a.".repeat(50_000), "/", 443)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/\r\nSet-Cookie: a=b",
        "/a b",
        "/\u0000",
        "/\u00e4",
        "/\u007f",
        "/<script>",
        "/\"",
        "/a\\b",
        "evil.test",
        "@evil.test",
        ".evil.test",
        ":8080/",
        "ftp://evil.test/",
        "javascript:alert(1)",
        "http://user@evil.test/",
        "http:///x"
      })
  void aTargetThatDoesNotBelongIntoAHeaderIsRefused(String target) {
    assertThat(Http01Solver.httpsLocation("example.com", target, 443)).isEmpty();
  }

  @Test
  void anEndlessTargetIsRefused() {
    assertThat(Http01Solver.httpsLocation("example.com", "/" + "a".repeat(8192), 443)).isEmpty();
  }

  @Test
  void connectIsNotRedirected() {
    assertThat(Http01Solver.redirect("CONNECT", "example.com", "/", 443).status()).isEqualTo(400);
  }

  @Test
  void otherMethodsThanGetAndHeadKeepTheirMethod() {
    assertThat(Http01Solver.redirect("GET", "example.com", "/", 443).status()).isEqualTo(301);
    assertThat(Http01Solver.redirect("HEAD", "example.com", "/", 443).status()).isEqualTo(301);
    assertThat(Http01Solver.redirect("POST", "example.com", "/", 443).status()).isEqualTo(308);
  }
}
