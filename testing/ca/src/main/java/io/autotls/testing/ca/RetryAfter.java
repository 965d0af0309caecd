package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.http.HttpDate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * What the CA says in {@code Retry-After} (RFC 9110 §10.2.3): a number of seconds or a date, or
 * something that is neither.
 *
 * <pre>{@code
 * ca.retryAfter(RetryAfter.date(Duration.ofSeconds(3), DateForm.ASCTIME), Endpoint.ORDER);
 * ca.retryAfter(RetryAfter.text("soon"), Endpoint.AUTHORIZATION);
 * }</pre>
 */
public final class RetryAfter {
  private final Function<Instant, List<String>> values;

  private RetryAfter(Function<Instant, List<String>> values) {
    this.values = values;
  }

  /** No such header. */
  public static RetryAfter none() {
    return text();
  }

  /** A number of seconds. */
  public static RetryAfter seconds(Duration delay) {
    return text(Long.toString(delay.toSeconds()));
  }

  /**
   * A date, this much later than the CA's own clock shows: a client whose clock differs has to
   * compare it with the {@code Date} of the response.
   */
  public static RetryAfter date(Duration delay, DateForm form) {
    return new RetryAfter(now -> List.of(HttpDate.format(now.plus(delay), form)));
  }

  /** Exactly these values, one header each: {@code "-1"}, {@code "99999999999"}, garbage. */
  public static RetryAfter text(String... headers) {
    List<String> fixed = List.of(headers);
    return new RetryAfter(now -> fixed);
  }

  /** The values of the headers at this time on the clock of the CA. */
  public List<String> values(Instant now) {
    return values.apply(now);
  }
}
