package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sorts answers that are not a success: the one place that knows which exception they become. */
final class Refusals {
  // Let's Encrypt: "Your account is temporarily prevented from requesting certificates for …
  // Please visit: https://portal.letsencrypt.org/sfe/v1/unpause?jwt=…"
  private static final Pattern PAUSE =
      Pattern.compile("temporarily prevented.*?(https://[^\\s\"<>]+)", Pattern.DOTALL);

  private Refusals() {}

  static AcmeException of(Reply reply) {
    AcmeProblem problem = reply.problem();
    Duration retryAfter = reply.retryAfter(RetryAfter.MAX_REFUSAL);
    if (isRateLimit(reply, problem, retryAfter)) {
      return rateLimited(reply, problem, retryAfter);
    }
    if (reply.status() == 501) {
      // step-ca and Caddy advertise keyChange, and then answer like this.
      return new AcmeUnsupportedException(
          start(reply) + "501, not implemented. This CA does not support it.", reply.url());
    }
    if (reply.status() >= 300 && reply.status() < 400) {
      return server(
          reply,
          null,
          retryAfter,
          "a redirect, which is not followed since the signature covers the URL");
    }
    if (problem == null && reply.status() == 409 && reply.body().length == 0) {
      // Pebble's answer to a key change to a key that is in use; the RFC asks for 409 only
      // (§7.3.5).
      problem =
          new AcmeProblem(ProblemType.CONFLICT, 409, "the key is in use: " + reply.location());
    }
    if (problem == null || reply.isSuccess()) {
      return server(reply, null, retryAfter, "no problem document but " + reply.contentType());
    }
    if (reply.status() >= 500 || problem.type() == ProblemType.SERVER_INTERNAL) {
      return server(reply, problem, retryAfter, problem.toString());
    }
    return refused(reply, problem, retryAfter);
  }

  /** A redirect that is not followed; {@code how} says why, after the words "a redirect". */
  static AcmeServerException ofRedirect(Reply reply, String how) {
    return new AcmeServerException(
        start(reply)
            + reply.status()
            + ", a redirect "
            + how
            + ". It is not followed; ask again later.",
        reply.url(),
        reply.status(),
        null,
        reply.retryAfter(RetryAfter.MAX_REFUSAL));
  }

  /** For CAs that answer with success, and say in the body that it is none. */
  static AcmeProblemException ofClosedAccount(Reply reply, AccountStatus status) {
    AcmeProblem problem =
        new AcmeProblem(
            ProblemType.UNAUTHORIZED,
            reply.status(),
            "the account is " + status.name().toLowerCase(Locale.ROOT));
    return new AcmeProblemException(
        start(reply) + reply.status() + ", but " + problem.detail() + ".",
        reply.url(),
        problem,
        reply.status(),
        null,
        null,
        reply.location());
  }

  private static boolean isRateLimit(
      Reply reply, @Nullable AcmeProblem problem, @Nullable Duration retryAfter) {
    return reply.status() == 429
        || (problem != null && problem.type() == ProblemType.RATE_LIMITED)
        // Let's Encrypt's front-ends limit requests per address with 503.
        || (reply.status() == 503 && retryAfter != null);
  }

  private static AcmeException rateLimited(
      Reply reply, @Nullable AcmeProblem problem, @Nullable Duration retryAfter) {
    String detail = problem == null ? "" : problem.detail();
    Matcher pause = PAUSE.matcher(detail);
    URI unpauseUrl = pause.find() ? Urls.pageOrNull(pause.group(1)) : null;
    String next =
        unpauseUrl != null
            ? " This does not pass by itself: visit " + unpauseUrl
            : retryAfter == null
                ? " It does not say for how long."
                : " Not to be asked again for " + retryAfter.toSeconds() + " seconds.";
    return new AcmeRateLimitedException(
        start(reply)
            + reply.status()
            + " "
            + (problem == null ? "too many requests" : problem)
            + "."
            + next,
        reply.url(),
        reply.status(),
        problem,
        retryAfter,
        reply.firstLink("help"),
        unpauseUrl);
  }

  private static AcmeException refused(
      Reply reply, AcmeProblem problem, @Nullable Duration retryAfter) {
    URI terms = reply.firstLink("terms-of-service");
    StringBuilder message = new StringBuilder(start(reply));
    message.append(reply.status()).append(' ').append(problem).append('.');
    if (terms != null) {
      message.append(" Terms of service: ").append(terms).append('.');
    }
    problem.instance().ifPresent(page -> message.append(" See ").append(page).append('.'));
    if (problem.type() == ProblemType.BAD_NONCE) {
      message.append(" It kept refusing its own nonces.");
    }
    return new AcmeProblemException(
        message.toString(),
        reply.url(),
        problem,
        reply.status(),
        retryAfter,
        terms,
        reply.location());
  }

  private static AcmeException server(
      Reply reply, @Nullable AcmeProblem problem, @Nullable Duration retryAfter, String what) {
    return new AcmeServerException(
        start(reply) + reply.status() + ", " + what + ". Ask again later.",
        reply.url(),
        reply.status(),
        problem,
        retryAfter);
  }

  private static String start(Reply reply) {
    return reply.url().getHost() + " answered " + reply.request() + " with ";
  }
}
