package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.CHALLENGE;
import static io.autotls.testing.ca.Endpoint.DIRECTORY;
import static io.autotls.testing.ca.Endpoint.NEW_NONCE;
import static io.autotls.testing.ca.Endpoint.ORDER;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.Authorization;
import io.autotls.acme.CertificateChain;
import io.autotls.acme.Directory;
import io.autotls.acme.FlowStep;
import io.autotls.acme.NewAccount;
import io.autotls.acme.Order;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.OrderStatus;
import io.autotls.testing.ca.Processing;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other clients waste: requests, time, and the meaning of words. */
@Timeout(180)
class RequestBudgetTest {
  @Test
  @DisplayName("PD43 D5 nine requests for the first certificate, six for the next")
  void budget() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.obtains("first.example");
      int first = stage.ca.requests().size();
      AcmeAccount account = stage.client.account(stage.accountKey, stage.account().url());
      int before = stage.ca.requests().size();

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("next.example")));

      assertThat(first).isLessThanOrEqualTo(9);
      assertThat(stage.ca.requests().size() - before).isLessThanOrEqualTo(6);
      assertThat(stage.requests(DIRECTORY)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName(
      "PD42 C4 twenty names take as long as one, and the order is looked at, not each name")
  void twentyNames() throws Exception {
    try (Stage one = Stage.open();
        Stage twenty = Stage.open()) {
      for (Stage stage : List.of(one, twenty)) {
        stage.ca.validation(Processing.IN_BACKGROUND);
        stage.ca.validationDelay(Duration.ofSeconds(3));
      }

      one.obtains("example.com");
      twenty.obtains(names(20));

      assertThat(twenty.time.elapsed()).isLessThan(one.time.elapsed().plusSeconds(2));
      assertThat(twenty.requests(CHALLENGE)).isEqualTo(20);
      assertThat(twenty.requests(ORDER)).isEqualTo(one.requests(ORDER));
      assertThat(twenty.ca.requests()).hasSizeLessThan(60);
    }
  }

  private static String[] names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "n" + i + ".example").toArray(String[]::new);
  }

  @Test
  @DisplayName("PD42 N2 thirty orders at once of one account, with few nonces, and none twice")
  void parallelOrders() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(10);
    try (Stage stage = Stage.open()) {
      OrderDriver driver = OrderDriver.of(stage.account());
      List<Future<FlowStep>> steps = new ArrayList<>();
      for (String name : names(30)) {
        steps.add(threads.submit(() -> driver.obtain(stage.wish(name))));
      }

      for (Future<FlowStep> step : steps) {
        Stage.issued(step.get());
      }

      assertThat(stage.ca.issued()).hasSize(30);
      assertThat(stage.requests(NEW_NONCE)).isLessThan(60); // of 180 that are signed
      stage.noNonceWasUsedTwice();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName("PD43 A2 what an answer told is used: nothing is asked for twice in a row")
  void nothingIsAskedTwiceInARow() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.obtains("example.com");

      List<String> targets = stage.ca.requests().stream().map(request -> request.target()).toList();
      assertThat(targets).doesNotHaveDuplicates();
    }
  }

  @Test
  @DisplayName("PD44 nothing is named as if it renewed certificates by itself")
  void noAutoRenewal() {
    assertThat(
            Stream.of(
                    OrderRequest.class,
                    OrderRequest.Builder.class,
                    AcmeAccount.class,
                    AcmeClient.Builder.class,
                    NewAccount.Builder.class,
                    CertificateChain.class)
                .flatMap(type -> Stream.of(type.getMethods()))
                .map(Method::getName))
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("autorenew"));
  }

  @Test
  @DisplayName("PD47 what was answered can be read with the network off")
  void accessorsAskNobody() throws Exception {
    Stage stage = Stage.open();
    AcmeAccount account = stage.account();
    Order order = account.newOrder(Stage.order("example.com"));
    Authorization authorization = account.authorization(order.authorizations().get(0));
    CertificateChain chain = stage.obtains("example.com");
    Directory directory = stage.client.directory();
    stage.close();

    assertThat(order.status()).isEqualTo(OrderStatus.PENDING);
    assertThat(order.identifiers()).hasSize(1);
    assertThat(order.expires()).isPresent();
    assertThat(authorization.challenges()).isNotEmpty();
    assertThat(authorization.challenge("http-01").orElseThrow().token()).isPresent();
    assertThat(account.keyThumbprint()).hasSize(43);
    assertThat(chain.topIssuer()).isNotEmpty();
    assertThat(directory.termsOfService()).isPresent();
  }
}
