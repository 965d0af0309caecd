package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.Identifier;
import io.autotls.testing.ca.internal.acme.Problem;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A refusal in a CA's words (RFC 8555 §6.7), to be scripted with {@link
 * FaultScript#fail(ProblemDocument)}. Immutable; the named ones are what public CAs send.
 *
 * <pre>{@code
 * ca.on(Endpoint.NEW_ORDER)
 *     .fail(ProblemDocument.of(400, "rejectedIdentifier", "one name is on a list")
 *         .about("bad.example.com", "rejectedIdentifier", "it is on the list"));
 * }</pre>
 */
public final class ProblemDocument {
  private final Problem problem;
  private final RetryAfter retryAfter;

  private ProblemDocument(Problem problem, RetryAfter retryAfter) {
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /**
   * Any problem.
   *
   * @param type such as {@code rateLimited}; the URN's prefix is added unless it has a colon
   */
  public static ProblemDocument of(int status, String type, String detail) {
    return new ProblemDocument(Problem.of(status, type, detail), RetryAfter.none());
  }

  /** 400 {@code badNonce}: the client has to sign again, with the nonce of this response. */
  public static ProblemDocument badNonce() {
    return of(400, "badNonce", "the nonce is not one that can be used");
  }

  /** 429 {@code rateLimited}, to be obeyed for this long. */
  public static ProblemDocument rateLimited(Duration wait) {
    return of(429, "rateLimited", "too many of them recently, come back later")
        .retryAfter(RetryAfter.seconds(wait))
        .link("https://ca.test/docs/rate-limits", "help");
  }

  /**
   * 429 {@code rateLimited} as Let's Encrypt words its pause of an account: no time will help, a
   * person has to visit the URL.
   */
  public static ProblemDocument paused(URI unpause) {
    return of(
        429,
        "rateLimited",
        "Your account is temporarily prevented from requesting certificates for names whose"
            + " validation failed too often. Please visit: "
            + unpause);
  }

  /**
   * 403 {@code userActionRequired}: the terms of service changed, and somebody has to visit the
   * instance URL to agree (RFC 8555 §7.3.3).
   */
  public static ProblemDocument userActionRequired(URI instance, URI terms) {
    return of(403, "userActionRequired", "Terms of service have changed")
        .instance(instance)
        .link(terms.toString(), "terms-of-service");
  }

  /** 503 {@code serverInternal}, to be obeyed for this long. */
  public static ProblemDocument unavailable(Duration wait) {
    return of(503, "serverInternal", "the CA is down for maintenance")
        .retryAfter(RetryAfter.seconds(wait));
  }

  /** A copy with {@code instance}: the URL for a person. */
  public ProblemDocument instance(URI url) {
    return with("instance", url.toString());
  }

  /** A copy with one more member, of any JSON type. */
  public ProblemDocument with(String member, Object value) {
    return new ProblemDocument(problem.with(member, value), retryAfter);
  }

  /** A copy with one more subproblem: what is wrong with one name (RFC 8555 §6.7.1). */
  public ProblemDocument about(String name, String type, String detail) {
    List<Object> parts = new ArrayList<>();
    if (problem.members().get("subproblems") instanceof List<?> present) {
      parts.addAll(present);
    }
    parts.add(Problem.of(problem.status(), type, detail).about(Identifier.of(name)));
    return with("subproblems", parts);
  }

  /** A copy that says when to try again. */
  public ProblemDocument retryAfter(RetryAfter changed) {
    return new ProblemDocument(problem, changed);
  }

  /** A copy with one more {@code Link} header. */
  public ProblemDocument link(String url, String relation) {
    return header("Link", "<" + url + ">;rel=\"" + relation + "\"");
  }

  /** A copy with one more header. */
  public ProblemDocument header(String name, String value) {
    return new ProblemDocument(problem.withHeader(name, value), retryAfter);
  }

  HttpResponse toResponse(Instant now) {
    return at(now).toResponse();
  }

  /** The problem as it is sent at this time on the clock of the CA. */
  Problem at(Instant now) {
    Problem dated = problem;
    for (String value : retryAfter.values(now)) {
      dated = dated.withHeader("Retry-After", value);
    }
    return dated;
  }

  @Override
  public String toString() {
    return "ProblemDocument[" + problem.status() + " " + problem.type() + "]";
  }
}
