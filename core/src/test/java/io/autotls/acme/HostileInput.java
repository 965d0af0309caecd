package io.autotls.acme;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.nio.charset.Charset;
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
      object.page("url");
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

    isFitForALog(e.getMessage());
    e.problem()
        .ifPresent(
            problem -> {
              assertThat(problem.detail()).hasSizeLessThan(2_100);
              assertThat(problem.subproblems()).hasSizeLessThanOrEqualTo(200);
              assertThat(problem.detail()).matches(PlainText::isPlain);
              assertThat(problem.toString()).matches(HostileInput::isVisible);
              problem.instance().ifPresent(HostileInput::isPage);
            });
  }

  /** A status and the headers that people are told of, one a line. */
  static void headers(byte[] input) {
    List<String> lines = text(input).lines().limit(4).toList();
    Headers.Builder headers = new Headers.Builder();
    List<String> names = List.of("Content-Type", "Location", "Replay-Nonce", "Link");
    for (int i = 0; i < lines.size(); i++) {
      headers.addUnsafeNonAscii(names.get(i), lines.get(i).replaceAll("[\\x00\\r\\n]", ""));
    }
    Reply reply = new Reply("POST", URL, 500, headers.build(), input, NOW);

    isFitForALog(Refusals.of(reply).getMessage());
    isFitForALog(reply.malformed("it has " + text(input)).getMessage());
    URI location = reply.location();
    if (location != null) {
      assertThat(location).matches(Urls::isHttps);
      isFitForALog(location.toString());
    }
    if (reply.nonce() != null) {
      assertThat(reply.nonce()).matches("[A-Za-z0-9_-]{1,512}");
    }
    reply.links("help").forEach(HostileInput::isPage);
  }

  /** Any text becomes one line that shows what it has, and cleaning twice changes nothing. */
  static void plainText(byte[] input) {
    for (Charset charset : List.of(UTF_8, ISO_8859_1, UTF_16LE)) {
      String line = PlainText.line(new String(input, charset), 100);

      assertThat(line).hasSizeLessThanOrEqualTo(101).matches(HostileInput::isVisible);
      assertThat(PlainText.line(line, 100)).isEqualTo(line);
    }
  }

  private static void isFitForALog(String message) {
    assertThat(message)
        .hasSizeLessThanOrEqualTo(PlainText.MAX_MESSAGE + 1)
        .matches(HostileInput::isVisible);
  }

  private static boolean isVisible(String text) {
    return PlainText.line(text, Integer.MAX_VALUE - 1).length() == text.strip().length()
        && text.chars().noneMatch(c -> c < ' ' || c >= 0x7f && c < 0xa0);
  }

  private static void isPage(URI url) {
    assertThat(url.getScheme()).isIn("http", "https", "HTTP", "HTTPS", "Http", "Https");
    isFitForALog(url.toString());
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
      assertThat(directory.profiles()).hasSizeLessThanOrEqualTo(100);
      directory.profiles().forEach((name, text) -> isFitForALog(name + ": " + text));
      directory.caaIdentities().forEach(HostileInput::isFitForALog);
      directory.termsOfService().ifPresent(HostileInput::isPage);
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
      isFitForALog(order.toString());
      isFitForALog(
          AcmeOrderFailedException.of(order, List.of(), AcmeOrderFailedException.Answered.HERE)
              .getMessage());
      order.identifiers().forEach(identifier -> isFitForALog(identifier.value()));
    } catch (AcmeServerException e) {
      assertThat(e.status()).isEqualTo(200);
    }
    try {
      Authorization authorization = Authorization.read(URL, reply);
      isFitForALog(authorization.identifier().toString());
      isFitForALog(new AcmeChallengeException(authorization).getMessage());
      for (AcmeChallenge challenge : authorization.challenges()) {
        challenge.token().ifPresent(token -> assertThat(token).matches("[A-Za-z0-9_-]+"));
      }
    } catch (AcmeServerException e) {
      assertThat(e.status()).isEqualTo(200);
    }
    try {
      RenewalInfo window = RenewalInfo.read(reply, CERTIFICATE);
      assertThat(window.start()).isBefore(window.end());
      window.explanation().ifPresent(HostileInput::isPage);
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
