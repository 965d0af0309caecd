package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.AUTHORIZATION;
import static io.autotls.testing.ca.Endpoint.CERTIFICATE;
import static io.autotls.testing.ca.Endpoint.CHALLENGE;
import static io.autotls.testing.ca.Endpoint.DIRECTORY;
import static io.autotls.testing.ca.Endpoint.FINALIZE;
import static io.autotls.testing.ca.Endpoint.NEW_ACCOUNT;
import static io.autotls.testing.ca.Endpoint.NEW_NONCE;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static io.autotls.testing.ca.Endpoint.ORDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeNetworkException;
import io.autotls.acme.AcmeServerException;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.FaultScript;
import io.autotls.testing.ca.ProblemDocument;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The CA does not answer, or not in its own language. */
@Timeout(180)
class OutageTest {
  private static final List<Endpoint> ON_THE_WAY =
      List.of(
          DIRECTORY,
          NEW_NONCE,
          NEW_ACCOUNT,
          NEW_ORDER,
          AUTHORIZATION,
          CHALLENGE,
          ORDER,
          FINALIZE,
          CERTIFICATE);

  enum Failure {
    INTERNAL_ERROR(script -> script.fail(500, "serverInternal", "oops")),
    BAD_GATEWAY(script -> script.answer(502, "text/html", "<h1>Bad Gateway</h1>")),
    MAINTENANCE(script -> script.fail(ProblemDocument.unavailable(Duration.ofSeconds(20)))),
    RESET(FaultScript::dropConnection),
    CUT(script -> script.cutBody(7));

    private final Consumer<FaultScript> fault;

    Failure(Consumer<FaultScript> fault) {
      this.fault = fault;
    }
  }

  static Stream<Arguments> everywhere() {
    return ON_THE_WAY.stream()
        .flatMap(endpoint -> Stream.of(Failure.values()).map(f -> Arguments.of(endpoint, f)));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  @DisplayName("FT5 FT9 N5 E2 R5 PD41 one failure at any request costs no certificate")
  void oneFailureAnywhere(Endpoint endpoint, Failure failure) throws Exception {
    try (Stage stage = Stage.open()) {
      failure.fault.accept(stage.ca.on(endpoint));

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.requests(endpoint)).isLessThanOrEqualTo(4);
      assertThat(stage.web.areGone()).isTrue();
    }
  }

  @Test
  @DisplayName("FT5 N5 one failure at each request of the same issuance")
  void oneFailureAtEachRequest() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.onEach().fail(ProblemDocument.unavailable(Duration.ofSeconds(1)));

      stage.obtains("example.com", "www.example.com");

      stage.nothingIsDoubled();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Failure.class,
      names = {"INTERNAL_ERROR", "BAD_GATEWAY", "RESET"})
  @DisplayName("FT5 E2 a CA that is down is asked a few times only, with pauses")
  void downForLong(Failure failure) throws Exception {
    try (Stage stage = Stage.open()) {
      stage.account();
      failure.fault.accept(stage.ca.on(NEW_ORDER).always());

      assertThatThrownBy(() -> stage.obtains("example.com")).isInstanceOf(AcmeException.class);

      assertThat(stage.requests(NEW_ORDER)).isBetween(2, 30);
      assertThat(stage.time.waits()).isNotEmpty().allMatch(wait -> wait.toMillis() >= 100);
      assertThat(stage.ca.orders()).isEmpty();
    }
  }

  @Test
  @DisplayName("FT14 D5 a directory that is gone for an hour is found again, without a new client")
  void directoryGone() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(DIRECTORY).lasting(Duration.ofHours(1)).answer(404, "text/html", "<h1>404</h1>");

      assertThatThrownBy(() -> stage.obtains("example.com"))
          .isInstanceOf(AcmeException.class)
          .hasMessageContaining("404");
      assertThat(stage.requests(DIRECTORY)).isLessThanOrEqualTo(10);
      stage.time.advance(Duration.ofHours(1));

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  enum Flood {
    HUGE(script -> script.hugeBody(1L << 30)),
    ENDLESS(FaultScript::endlessBody),
    GZIP_BOMB(script -> script.gzipBomb(1L << 30));

    private final Consumer<FaultScript> fault;

    Flood(Consumer<FaultScript> fault) {
      this.fault = fault;
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("FT10 T10 a flood is cut off after a megabyte, and the next try succeeds")
  void flood(Flood flood) throws Exception {
    try (Stage stage = Stage.withClient(client -> client.withoutRepeats())) {
      flood.fault.accept(stage.ca.on(DIRECTORY));

      AcmeServerException e =
          catchThrowableOfType(AcmeServerException.class, () -> stage.obtains("example.com"));

      assertThat(e).hasMessageContaining("1 MiB");
      stage.obtains("example.com");
    }
  }

  @Test
  @DisplayName("FT11 T10 a CA that accepts and never answers meets the deadline, not the user")
  void silence() throws Exception {
    try (Stage stage =
        Stage.withClient(client -> client.withoutRepeats().callTimeout(Duration.ofSeconds(6)))) {
      stage.ca.on(NEW_ORDER).hang();

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT11 T10 an answer that comes byte by byte meets the deadline too")
  void trickle() throws Exception {
    try (Stage stage =
        Stage.withClient(client -> client.withoutRepeats().callTimeout(Duration.ofMillis(300)))) {
      stage.ca.on(DIRECTORY).trickle(Duration.ofHours(1));

      assertThatThrownBy(() -> stage.obtains("example.com"))
          .isInstanceOfSatisfying(
              AcmeNetworkException.class,
              e -> assertThat(e.kind()).isEqualTo(AcmeNetworkException.Kind.TIMEOUT));
      stage.time.advance(Duration.ofDays(1)); // the CA goes on, and finds nobody
    }
  }
}
