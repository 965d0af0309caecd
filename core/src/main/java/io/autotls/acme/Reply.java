package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A complete answer: the body has been read, within its bound.
 *
 * @param url what was asked
 * @param body may be empty
 * @param receivedAt the local time
 */
record Reply(String method, URI url, int status, Headers headers, byte[] body, Instant receivedAt) {
  private static final int MAX_CONTENT_TYPE = 100;

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** The same answer, under the URL that was asked before redirects. */
  Reply askedAs(URI first) {
    return first.equals(url) ? this : new Reply(method, first, status, headers, body, receivedAt);
  }

  Reply orRefusal() throws AcmeException {
    if (!isSuccess()) {
      throw Refusals.of(this);
    }
    return this;
  }

  @Nullable String nonce() {
    return NoncePool.validOrNull(headers.get("Replay-Nonce"));
  }

  /** How long to wait, by the server's own clock where it tells it (its dates are based on it). */
  @Nullable Duration retryAfter(Duration max) {
    Instant serverTime = RetryAfter.parseHttpDate(headers.get("Date"));
    Instant now = serverTime == null ? receivedAt : serverTime;
    return RetryAfter.parse(headers.values("Retry-After"), now, max);
  }

  List<URI> links(String relation) {
    return Links.targets(headers.values("Link"), relation, url);
  }

  @Nullable URI firstLink(String relation) {
    List<URI> links = links(relation);
    return links.isEmpty() ? null : links.get(0);
  }

  /** The resource that was created, or that exists already. */
  @Nullable URI location() {
    String location = headers.get("Location");
    try {
      URI url =
          location == null || location.isBlank() // Java resolves it to the parent
              ? null
              : Urls.absoluteOrNull(this.url.resolve(location.trim()).toString());
      return url != null && Urls.isHttps(url) ? url : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  URI requiredLocation() throws AcmeServerException {
    URI location = location();
    if (location == null) {
      throw malformed("it has no Location with an https URL");
    }
    return location;
  }

  <T> T read(Reader<T> reader) throws AcmeServerException {
    try {
      return reader.read(Json.parse(body));
    } catch (MalformedAnswerException e) {
      throw malformed(e.getMessage());
    }
  }

  /** The problem document; null if the body is something else. */
  @Nullable AcmeProblem problem() {
    String type = headers.get("Content-Type");
    if (body.length == 0 || (type != null && !type.toLowerCase(Locale.ROOT).contains("json"))) {
      return null;
    }
    try {
      return AcmeProblem.parse(Json.parse(body));
    } catch (MalformedAnswerException e) {
      return null;
    }
  }

  AcmeServerException malformed(@Nullable String why) {
    return new AcmeServerException(
        "The answer of "
            + url.getHost()
            + " to "
            + request()
            + " makes no sense: "
            + why
            + " (HTTP "
            + status
            + ", "
            + body.length
            + " bytes of "
            + contentType()
            + "). Nothing of it is used; ask again later.",
        url,
        status,
        null,
        retryAfter(RetryAfter.MAX_REFUSAL));
  }

  String request() {
    return method + " " + url.getRawPath();
  }

  String contentType() {
    String type = headers.get("Content-Type");
    return type == null ? "unknown type" : PlainText.line(type, MAX_CONTENT_TYPE);
  }

  /** Makes a value of what was answered. */
  @FunctionalInterface
  interface Reader<T> {
    T read(JsonObject json) throws MalformedAnswerException;
  }
}
