package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What must hold whatever a CA sends: parsers accept or refuse, with nothing but their own
 * exceptions, and what they let through keeps their promises. Each method takes any bytes; {@link
 * HostileInputTest} and {@link ParserFuzzer} bring them.
 */
final class HostileInput {
  private static final URI URL = URI.create("https://ca.test/acme/thing/1");
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  private static final X509Certificate CERTIFICATE =
      new TestPki().leaf(AcmeKeys.generate(), "example.com");

  private HostileInput() {}

  static void json(byte[] input) {
    try {
      JsonObject object = Json.parse(input);
      object.string("status");
      object.integer("status");
      object.instant("expires");
      object.link("url");
      object.strings("contact");
      object.objects("subproblems").forEach(JsonObject::stringMembers);
    } catch (MalformedAnswerException e) {
      assertThat(e).hasMessageNotContainingAny("\n", "\u0000");
    }
  }

  /** Any status but success; the first byte chooses it. */
  static void problem(byte[] input) {
    int status = 300 + (input.length == 0 ? 0 : input[0] & 0xff);
    AcmeException e = Refusals.of(reply(status, input, "Content-Type", "application/problem+json"));

    assertThat(e.getMessage()).hasSizeLessThan(1_000_000).doesNotContain("\n", "\r", "\u001b");
    e.problem()
        .ifPresent(
            problem -> {
              assertThat(problem.detail()).hasSizeLessThan(2_100);
              assertThat(problem.subproblems()).hasSizeLessThanOrEqualTo(200);
              assertThat(problem.toString()).doesNotContain("\n", "\r", "\u001b");
            });
  }

  /** Several headers, one a line. */
  static void links(byte[] input) {
    List<String> headers = text(input).lines().limit(50).toList();

    for (String relation : List.of("alternate", "next", "terms-of-service")) {
      List<URI> targets = Links.targets(headers, relation, URL);
      assertThat(targets).hasSizeLessThanOrEqualTo(100).allMatch(URI::isAbsolute);
    }
  }

  /** Several headers, one a line. */
  static void retryAfter(byte[] input) {
    List<String> headers = text(input).lines().limit(50).toList();

    for (Duration max : List.of(RetryAfter.MAX_POLL, RetryAfter.MAX_REFUSAL)) {
      Duration wait = RetryAfter.parse(headers, NOW, max);
      if (wait != null) {
        assertThat(wait).isBetween(RetryAfter.MIN, max);
      }
    }
    headers.forEach(RetryAfter::parseHttpDate);
  }

  static void pem(byte[] input) {
    CertificateChain chain = chain(input);
    if (chain != null) {
      assertThat(text(input)).doesNotContain("PRIVATE KEY");
      CertificateChain again = chain(chain.toPem().getBytes(StandardCharsets.US_ASCII));
      assertThat(again.certificates()).isEqualTo(chain.certificates());
    }
  }

  static void directory(byte[] input) {
    try {
      Directory directory = Directory.parse(URL, Json.parse(input));
      assertThat(directory.newOrderUrl()).matches(Urls::isHttps);
      assertThat(directory.newNonceUrl()).matches(Urls::isHttps);
      assertThat(directory.profiles()).isNotNull();
    } catch (MalformedAnswerException | AcmeUnsupportedException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** Orders, authorizations and renewal information. */
  static void resources(byte[] input) {
    Reply reply = reply(200, input, "Content-Type", "application/json");
    try {
      Order order = Order.read(URL, reply);
      assertThat(order.finalizeUrl()).matches(Urls::isHttps);
      assertThat(order.authorizations()).allMatch(Urls::isHttps);
    } catch (AcmeServerException e) {
      assertThat(e.status()).isEqualTo(200);
    }
    try {
      for (Challenge challenge : Authorization.read(URL, reply).challenges()) {
        challenge.token().ifPresent(token -> assertThat(token).matches("[A-Za-z0-9_-]+"));
      }
    } catch (AcmeServerException e) {
      assertThat(e.status()).isEqualTo(200);
    }
    try {
      RenewalInfo window = RenewalInfo.read(reply, CERTIFICATE);
      assertThat(window.start()).isBefore(window.end());
    } catch (AcmeServerException e) {
      assertThat(e.status()).isEqualTo(200);
    }
  }

  private static @Nullable CertificateChain chain(byte[] pem) {
    try {
      return new CertificateChain(null, PemChain.parse(pem), List.of());
    } catch (MalformedAnswerException e) {
      return null;
    }
  }

  private static Reply reply(int status, byte[] body, String... headers) {
    return new Reply("POST", URL, status, Headers.of(headers), body, NOW);
  }

  private static String text(byte[] input) {
    return new String(input, StandardCharsets.ISO_8859_1);
  }
}
