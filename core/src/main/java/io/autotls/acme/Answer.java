package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/** What a CA answered: status, headers, and a body of bounded size. */
record Answer(URI url, int status, Headers headers, byte[] body, Instant receivedAt) {

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  @Nullable String header(String name) {
    return headers.get(name);
  }

  @Nullable Duration retryAfter() {
    List<String> values = headers.values("Retry-After");
    return RetryAfter.parse(
        values.isEmpty() ? null : values.get(0), headers.get("Date"), receivedAt);
  }

  List<URI> links(String relation) {
    return Links.of(headers.values("Link"), relation, url);
  }

  /** The body as JSON. */
  JsonObject json() throws AcmeServerException {
    try {
      return Json.parse(body);
    } catch (MalformedAnswerException e) {
      throw nonsense(e);
    }
  }

  AcmeServerException nonsense(MalformedAnswerException e) {
    return new AcmeServerException(
        "the answer of " + url.getHost() + " makes no sense: " + e.getMessage(),
        url,
        status,
        null,
        retryAfter());
  }

  /** The URL of what was created (RFC 8555 §7.3, §7.4). */
  URI location() throws AcmeServerException {
    try {
      String location = headers.get("Location");
      if (location == null) {
        throw new MalformedAnswerException("it has no Location");
      }
      return Urls.resource(url.resolve(location).toString(), "Location");
    } catch (MalformedAnswerException e) {
      throw nonsense(e);
    } catch (IllegalArgumentException e) {
      throw nonsense(new MalformedAnswerException("its Location is no URL"));
    }
  }

  /** The failure that this answer is. */
  AcmeException failure() {
    Problem problem = problem();
    ProblemType type = problem == null ? ProblemType.UNKNOWN : problem.type();
    String what = url.getHost() + " answered " + status + (problem == null ? "" : ": " + problem);
    if (status == 429 || type == ProblemType.RATE_LIMITED || (status == 503 && retryAfter() != null)) {
      return new AcmeRateLimitedException(
          what,
          url,
          problem,
          retryAfter(),
          links("help").stream().findFirst().orElse(null),
          unpauseUrl(problem));
    }
    if (problem == null || (type == ProblemType.UNKNOWN && status >= 500)) {
      return new AcmeServerException(what, url, status, problem, retryAfter());
    }
    URI location = headers.get("Location") == null ? null : Urls.linkOrNull(headers.get("Location"));
    return new AcmeProblemException(
        what,
        url,
        problem,
        status,
        retryAfter(),
        links("terms-of-service").stream().findFirst().orElse(null),
        location);
  }

  @Nullable Problem problem() {
    String type = headers.get("Content-Type");
    if (type == null || !type.toLowerCase(java.util.Locale.ROOT).startsWith("application/problem+json")) {
      return null;
    }
    try {
      return Problem.parse(Json.parse(body));
    } catch (MalformedAnswerException e) {
      return null; // the status has to do
    }
  }

  /** Let's Encrypt pauses names that failed a thousand times, and puts the way out into the text. */
  private static @Nullable URI unpauseUrl(@Nullable Problem problem) {
    if (problem == null || !problem.detail().contains("temporarily prevented")) {
      return null;
    }
    for (String word : problem.detail().split("\\s+")) {
      if (word.startsWith("https://")) {
        return Urls.linkOrNull(word.replaceAll("[.,;)]+$", ""));
      }
    }
    return null;
  }
}
