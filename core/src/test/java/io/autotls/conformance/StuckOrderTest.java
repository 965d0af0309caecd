package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.CERTIFICATE;
import static io.autotls.testing.ca.Endpoint.CHALLENGE;
import static io.autotls.testing.ca.Endpoint.FINALIZE;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static io.autotls.testing.ca.Endpoint.ORDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeOrderFailedException;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.FlowStep;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.ProblemType;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An order does not get on, or not as it should. */
@Timeout(180)
class StuckOrderTest {
  private static CertificateWish patient(Stage stage) {
    return CertificateWish.builder(Stage.order("example.com"), stage.certificateKey, stage.web)
        .patience(Duration.ofMinutes(5))
        .build();
  }

  @Test
  @DisplayName(
      "FT19 R4 O4 PD45 PD55 an order that stays in processing is parked, and resumed later")
  void staysProcessing() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.flow().holdIssuance();
      OrderDriver driver = OrderDriver.of(stage.account());

      FlowStep.Parked first = Stage.parked(driver.obtain(patient(stage)));
      int looks = stage.requests(ORDER);
      stage.time.advance(Duration.ofHours(1));
      FlowStep.Parked second = Stage.parked(driver.resume(patient(stage), first.state()));
      stage.ca.flow().releaseIssuance();
      Stage.issued(driver.resume(patient(stage), second.state()));

      stage.nothingIsDoubled();
      assertThat(stage.requests(FINALIZE)).isEqualTo(1);
      assertThat(looks).isBetween(5, 60);
      assertThat(first.delay()).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
    }
  }

  @Test
  @DisplayName("FT19 R4 C4 an authorization that stays pending is triggered once, and waited for")
  void staysPending() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.flow().holdValidation();
      OrderDriver driver = OrderDriver.of(stage.account());

      FlowStep.Parked parked = Stage.parked(driver.obtain(patient(stage)));
      assertThat(stage.web.areGone()).isFalse(); // the CA may still look
      stage.ca.flow().releaseValidation();
      Stage.issued(driver.resume(patient(stage), parked.state()));

      stage.nothingIsDoubled();
      assertThat(stage.requests(CHALLENGE)).isEqualTo(1);
      assertThat(stage.web.areGone()).isTrue();
    }
  }

  @Test
  @DisplayName(
      "C7 FT19 an authorization that stays pending after its failure is given up in the end")
  void failedAndStaysPending() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.flow().failedAuthorizationsStayPending();
      stage.ca.dns().servfail("example.com");
      OrderDriver driver = OrderDriver.of(stage.account());

      FlowStep.Parked parked = Stage.parked(driver.obtain(patient(stage)));
      stage.time.advance(parked.delay());

      assertThatThrownBy(() -> driver.resume(patient(stage), parked.state()))
          .isInstanceOf(AcmeOrderFailedException.class)
          .hasMessageContaining("example.com");
      assertThat(stage.time.elapsed()).isLessThan(Duration.ofMinutes(30));
      assertThat(stage.requests(CHALLENGE)).isEqualTo(1);
      assertThat(stage.web.areGone()).isTrue();
    }
  }

  @Test
  @DisplayName("FT20 C6 C7 a validation fails, then works: another order, cleaned up both times")
  void failsOnce() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.dns().servfail("example.com");
      assertThatThrownBy(() -> stage.obtains("example.com"))
          .isInstanceOf(AcmeOrderFailedException.class);
      assertThat(stage.web.areGone()).isTrue();
      stage.ca.dns().heal("example.com");

      stage.obtains("example.com");

      assertThat(stage.web.areGone()).isTrue();
      assertThat(stage.ca.orders()).hasSize(2);
      assertThat(stage.ca.issued()).hasSize(1);
    }
  }

  @Test
  @DisplayName("C4 the CA looks again by itself, and is not told to")
  void validationIsRepeatedByTheCa() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.flow().validationRetries(3, Duration.ofSeconds(5));
      stage.ca.dns().servfail("example.com");
      stage.time.schedule(Duration.ofSeconds(7), () -> stage.ca.dns().heal("example.com"));

      stage.obtains("example.com");

      assertThat(stage.requests(CHALLENGE)).isEqualTo(1);
      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT21 F2 PD45 orderNotReady although all is valid: the order's state is followed")
  void notReadyYet() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(FINALIZE).times(2).fail(403, "orderNotReady", "come back later");

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT22 F3 after badCSR the same order takes another CSR")
  void badCsr() throws Exception {
    try (Stage stage = Stage.open()) {
      OrderDriver driver = OrderDriver.of(stage.account());
      stage.ca.on(FINALIZE).fail(400, "badCSR", "this key is too weak");
      assertThatThrownBy(() -> driver.obtain(stage.wish("example.com")))
          .isInstanceOfSatisfying(
              AcmeProblemException.class, e -> assertThat(e.type()).isEqualTo(ProblemType.BAD_CSR));

      Stage.issued(driver.resume(stage.wish("example.com"), stage.ca.orders().get(0).url()));

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT32 F11 PD51 a download that is not there for five minutes costs no other order")
  void notThereYet() throws Exception {
    try (Stage stage = Stage.open()) {
      stage
          .ca
          .on(CERTIFICATE)
          .lasting(Duration.ofMinutes(5))
          .fail(404, "malformed", "no such certificate");

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.requests(CERTIFICATE)).isBetween(2, 60);
      assertThat(stage.time.elapsed()).isGreaterThanOrEqualTo(Duration.ofMinutes(5));
    }
  }

  @Test
  @DisplayName(
      "F11 R4 a download that fails for a day is parked again and again, not ordered again")
  void downFor() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(CERTIFICATE).lasting(Duration.ofHours(20)).fail(500, "serverInternal", "oops");
      OrderDriver driver = OrderDriver.of(stage.account());

      FlowStep step = driver.obtain(patient(stage));
      for (int i = 0; i < 500 && step instanceof FlowStep.Parked parked; i++) {
        stage.time.advance(parked.delay());
        step = driver.resume(patient(stage), parked.state());
      }

      Stage.issued(step);
      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName(
      "FT47 C6 an answer that cannot be put in place ends the try, and nothing is triggered")
  void answerCannotBePresented() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.web.breakDown();

      assertThatThrownBy(() -> OrderDriver.of(account).obtain(stage.wish("example.com")))
          .hasMessageContaining("disk is full");
      assertThat(stage.requests(CHALLENGE)).isZero();
    }
  }

  @Test
  @DisplayName("C13 two orders for one name at once do not disturb each other's answers")
  void twoOrdersForOneName() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.flow().holdValidation();
      OrderDriver first = OrderDriver.of(stage.account());
      OrderDriver second = OrderDriver.of(stage.account());
      FlowStep.Parked one = Stage.parked(first.obtain(patient(stage)));
      FlowStep.Parked two = Stage.parked(second.obtain(patient(stage)));
      stage.ca.flow().releaseValidation();

      Stage.issued(first.resume(patient(stage), one.state()));
      Stage.issued(second.resume(patient(stage), two.state()));

      assertThat(stage.ca.issued()).hasSize(2);
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(2);
      assertThat(stage.web.areGone()).isTrue();
    }
  }

  @Test
  @DisplayName("O12 FT19 an order that the CA gave up is told as such")
  void orderExpired() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.orderLifetime(Duration.ofHours(2)))) {
      stage.ca.flow().holdValidation();
      OrderDriver driver = OrderDriver.of(stage.account());
      FlowStep.Parked parked = Stage.parked(driver.obtain(patient(stage)));
      stage.time.advance(Duration.ofHours(3));

      assertThatThrownBy(() -> driver.resume(patient(stage), parked.state()))
          .isInstanceOf(AcmeException.class);
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }
}
