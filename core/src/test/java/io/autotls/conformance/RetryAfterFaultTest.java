package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.FINALIZE;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static io.autotls.testing.ca.Endpoint.ORDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeRateLimitedException;
import io.autotls.acme.FlowStep;
import io.autotls.acme.OrderDriver;
import io.autotls.testing.ca.DateForm;
import io.autotls.testing.ca.ProblemDocument;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.RetryAfter;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The CA says when to come back, truly or not. */
@Timeout(180)
class RetryAfterFaultTest {
  private static final Duration SLOW = Duration.ofSeconds(10);

  private static void slow(Stage stage) {
    stage.ca.issuance(Processing.IN_BACKGROUND);
    stage.ca.issuanceDelay(SLOW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-1",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "soon",
        "1.5",
        ""
      })
  @DisplayName("FT7 R1 R2 PD55 whatever Retry-After says, there is a pause, and a certificate")
  void odd(String value) throws Exception {
    try (Stage stage = Stage.open()) {
      slow(stage);
      stage.ca.on(FINALIZE).setHeaders("Retry-After", value);
      stage.ca.on(ORDER).always().setHeaders("Retry-After", value);

      stage.obtains("example.com");

      assertThat(stage.time.waits())
          .isNotEmpty()
          .hasSizeLessThan(60)
          .allMatch(wait -> wait.toMillis() >= 100 && wait.toDays() < 2);
      assertThat(stage.ca.orders()).hasSize(1);
    }
  }

  @Test
  @DisplayName("FT7 R2 R4 three thousand years become a day, which nobody sits out")
  void endless() throws Exception {
    try (Stage stage = Stage.open()) {
      slow(stage);
      stage.ca.on(FINALIZE, ORDER).always().setHeaders("Retry-After", "99999999999");
      OrderDriver driver = OrderDriver.of(stage.account());

      FlowStep.Parked parked = Stage.parked(driver.obtain(stage.wish("example.com")));
      stage.time.advance(parked.delay());
      Stage.issued(driver.resume(stage.wish("example.com"), parked.state()));

      assertThat(parked.delay()).isBetween(Duration.ofDays(1), Duration.ofDays(2));
      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT7 R2 of two headers the later time counts")
  void twoHeaders() throws Exception {
    try (Stage stage = Stage.open()) {
      slow(stage);
      stage.ca.on(ORDER).always().setHeaders("Retry-After", "2", "Retry-After", "7");

      stage.obtains("example.com");

      assertThat(stage.time.waits()).anyMatch(wait -> wait.toSeconds() >= 7);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-86_400, -600, -10, 10, 600, 86_400})
  @DisplayName("R3 PD40 a CA whose clock is wrong by seconds, minutes, a day is asked in good time")
  void skewedClock(long seconds) throws Exception {
    try (Stage stage = Stage.open()) {
      slow(stage);
      stage.ca.clockSkew(Duration.ofSeconds(seconds));
      stage.ca.retryAfter(
          RetryAfter.date(Duration.ofSeconds(4), DateForm.IMF_FIXDATE), ORDER, FINALIZE);

      stage.obtains("example.com");

      assertThat(stage.ca.impatientRequests()).isEmpty();
      assertThat(stage.time.elapsed()).isLessThan(Duration.ofMinutes(1));
    }
  }

  @Test
  @DisplayName(
      "FT6 R5 E4 PD18 a limit of an hour is passed on, not waited for and not tried against")
  void limited() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.on(NEW_ORDER).always().fail(ProblemDocument.rateLimited(Duration.ofHours(1)));

      AcmeRateLimitedException e =
          catchThrowableOfType(
              AcmeRateLimitedException.class,
              () -> OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThat(e.retryAfter()).contains(Duration.ofHours(1));
      assertThat(e.documentation()).isPresent();
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName(
      "FT25 E5 a pause of the account is passed on with the page to visit, and not repeated")
  void paused() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      URI page = URI.create("https://ca.test/sfe/v1/unpause?jwt=a.b.c");
      stage.ca.on(NEW_ORDER).always().fail(ProblemDocument.paused(page));

      AcmeRateLimitedException e =
          catchThrowableOfType(
              AcmeRateLimitedException.class,
              () -> OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThat(e.unpauseUrl()).contains(page);
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("R5 PD18 503 with a time at every request: nobody comes earlier")
  void busyFrontEnd() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.onEach().fail(ProblemDocument.unavailable(Duration.ofSeconds(30)));

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.time.waits())
          .filteredOn(wait -> wait.toSeconds() >= 30)
          .hasSizeGreaterThan(5);
    }
  }
}
