package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus;
import io.autotls.CertificateStatus.Serving;
import io.autotls.Role;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.testing.simulation.WithCheapKeys;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What serves wanted names whose certificate cannot be had. */
@WithCheapKeys
class FallbackTest {
  private static final CertificateSpec SHOP = CertificateSpec.of("shop.example");
  private static final CertificateSpec WITH_NEW = CertificateSpec.of("shop.example", "new.example");
  private static final CertificateSpec FIVE =
      CertificateSpec.of("a.example", "b.example", "c.example", "d.example", "gone.example");

  private final Harness h = new Harness();

  private AutoTls node(CertificateSpec... specs) {
    return h.builder(h.issuer.node()).certificates(List.of(specs)).enable();
  }

  private boolean works(AutoTls tls, String name) {
    Credential credential = h.served(tls, name);
    boolean issued = credential.leaf().getIssuerX500Principal().getName().equals("CN=Scripted CA");
    return issued && credential.isValidAt(h.time.instant()) && credential.names().contains(name);
  }

  /** The days, of so many, on which visitors of a name got no certificate that was good for it. */
  private int badDays(AutoTls tls, String name, int days) {
    int bad = 0;
    for (int day = 0; day < days; day++) {
      h.advance(Duration.ofDays(1));
      bad += works(tls, name) ? 0 : 1;
    }
    return bad;
  }

  // A name that is added, and cannot be proven.

  @Test
  void theCertificateOfAnEarlierConfigurationIsRenewedWhileThereIsNothingBetter() {
    AutoTls before = node(SHOP);
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);

    AutoTls tls = h.builder(h.issuer.node()).certificate(WITH_NEW).enable();

    assertThat(works(tls, "shop.example")).isTrue();
    assertThat(badDays(tls, "shop.example", 200)).isZero();
    assertThat(h.events(AutoTlsEvent.Expiring.class)).isEmpty();
  }

  @Test
  void whatHasNotBegunDoesNotTakeThePlaceOfWhatIsValid() {
    AutoTls before = node(SHOP);
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.backdates(Duration.ofDays(-20));

    AutoTls tls = node(WITH_NEW);

    h.advance(Duration.ofMinutes(2));
    h.issuer.backdates(Duration.ZERO).failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));
    assertThat(badDays(tls, "shop.example", 19)).isZero();
    assertThat(tls.ready()).isNotDone();
    h.advance(Duration.ofDays(2));
    assertThat(works(tls, "new.example")).isTrue();
    assertThat(tls.ready()).isCompleted();
  }

  @Test
  void whatStandsInIsWarnedOfBeforeItEnds() {
    AutoTls before = node(SHOP);
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));

    node(WITH_NEW);
    h.advance(Duration.ofDays(91));

    assertThat(h.events(AutoTlsEvent.Expiring.class))
        .hasSizeGreaterThan(3)
        .allMatch(event -> event.spec().equals(SHOP));
  }

  @Test
  void aCertificateThatIsRemovedStaysWhileItsNameIsWantedAndHasNoOther() {
    AutoTls tls = node(SHOP);
    h.advance(Duration.ofDays(1));
    h.issuer.refuses("new.example", Reaction.OPERATOR);

    tls.add(WITH_NEW);
    tls.remove(SHOP);

    assertThat(badDays(tls, "shop.example", 200)).isZero();
    h.issuer.accepts("new.example");
    h.advance(Duration.ofDays(2));
    assertThat(h.served(tls, "shop.example").names()).hasSize(2);
    assertThat(tls.statuses()).extracting(CertificateStatus::spec).containsExactly(WITH_NEW);
  }

  @Test
  void theSameWithoutAGracePeriodAndInTheOtherOrder() {
    AutoTls tls =
        h.builder(h.issuer.node()).certificate(SHOP).gracePeriod(Duration.ofDays(2)).enable();
    h.advance(Duration.ofDays(1));
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);

    tls.remove(SHOP);
    h.advance(Duration.ofDays(1));
    tls.add(WITH_NEW);

    assertThat(badDays(tls, "shop.example", 200)).isZero();
  }

  @Test
  void aCertificateThatIsRemovedIsForgottenWhenItsNameHasAnother() {
    AutoTls tls = node(SHOP);
    h.advance(Duration.ofDays(1));
    tls.add(WITH_NEW);
    h.advance(Duration.ofMinutes(1));

    tls.remove(SHOP);
    h.advance(Duration.ofDays(8));

    assertThat(tls.keyring().installed(SHOP.id())).isEmpty();
    assertThat(tls.keyring().installed(WITH_NEW.id())).isPresent();
  }

  @Test
  void aStorageThatThrowsWhenItIsListedDoesNotEndTheStart() {
    AutoTls before = node(SHOP);
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);
    FaultyStorage storage =
        new FaultyStorage(h.store)
            .onList(
                lists -> {
                  if (lists == 1) {
                    throw new IllegalStateException("a bug");
                  }
                });

    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(WITH_NEW).enable();
    h.advance(Duration.ofMinutes(5));

    assertThat(works(tls, "shop.example")).isTrue();
  }

  @Test
  void itIsFoundAlsoIfTheStorageFailedAtTheStart() {
    AutoTls before = node(SHOP);
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));
    FaultyStorage storage = new FaultyStorage(h.store);
    storage.goesDown();

    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(WITH_NEW).enable();
    h.advance(Duration.ofMinutes(1));
    storage.comesBack();
    h.advance(Duration.ofMinutes(5));

    assertThat(tls.explain("shop.example")).contains("that of shop.example");
  }

  @Test
  void itIsFoundAmongManyRecordsOfNamesThatAreGone() {
    AutoTls before =
        h.builder(h.issuer.node())
            .certificates(Harness.specs("customer", 1_000))
            .certificate(SHOP)
            .enable();
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);

    for (String name : List.of("shop.example", "customer0.example", "customer999.example")) {
      AutoTls tls = node(CertificateSpec.of(name, "new.example"));

      assertThat(works(tls, name)).as(name).isTrue();
      tls.close();
    }
  }

  @Test
  void aWildcardOfAnEarlierConfigurationServesTheNamesThatItCovers() {
    AutoTls before = node(CertificateSpec.of("*.shop.example"));
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);

    AutoTls tls = node(CertificateSpec.of("www.shop.example", "new.example"));

    assertThat(h.served(tls, "www.shop.example").names()).contains("*.shop.example");
  }

  @Test
  void aFollowerServesItToo() {
    AutoTls issuer = node(SHOP);
    h.advance(Duration.ofDays(1));
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);

    AutoTls follower =
        h.builder(h.issuer.node()).role(Role.FOLLOWER).certificate(WITH_NEW).enable();

    assertThat(works(follower, "shop.example")).isTrue();
    assertThat(badDays(follower, "shop.example", 100)).isZero(); // the issuer renews it
    assertThat(works(issuer, "shop.example")).isTrue();
  }

  @Test
  void whatIsAddedAtRunTimeFindsItAsWell() {
    AutoTls before = node(SHOP);
    h.advance(Duration.ofDays(1));
    before.close();
    h.issuer.refuses("new.example", Reaction.RETRY_ATTEMPT);
    AutoTls tls = node(CertificateSpec.of("other.example"));

    tls.add(WITH_NEW);
    h.advance(Duration.ofMinutes(2));

    assertThat(works(tls, "shop.example")).isTrue();
  }

  // One dead name of five.

  @ParameterizedTest
  @EnumSource(names = {"RETRY_ATTEMPT", "OPERATOR"})
  void oneDeadNameDoesNotTakeTheOthersWithIt(Reaction reaction) {
    AutoTls tls = node(FIVE);
    h.advance(Duration.ofDays(40));
    h.issuer.refuses("gone.example", reaction);

    assertThat(badDays(tls, "a.example", 200)).isZero();
    assertThat(h.events(AutoTlsEvent.NamesLeftOut.class))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.spec()).isEqualTo(FIVE);
              assertThat(event.leftOut()).containsExactly("gone.example");
              assertThat(event.others().names())
                  .containsExactly("a.example", "b.example", "c.example", "d.example");
            });
  }

  @ParameterizedTest
  @EnumSource(names = {"RETRY_ATTEMPT", "OPERATOR"})
  void theOthersDoNotWaitForDaysWhereNothingIsInService(Reaction reaction) {
    h.issuer.refuses("gone.example", reaction);
    AutoTls tls = node(FIVE);

    h.advance(Duration.ofHours(3));

    assertThat(works(tls, "a.example")).isTrue();
    assertThat(works(tls, "gone.example")).isFalse();
  }

  @Test
  void aNameThatWorksAgainComesBackByItself() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    AutoTls tls = node(FIVE);
    h.advance(Duration.ofDays(10));
    assertThat(h.served(tls, "a.example").names()).hasSize(4);

    h.issuer.accepts("gone.example");
    h.advance(Duration.ofDays(2));

    assertThat(h.served(tls, "a.example").names()).hasSize(5);
    assertThat(works(tls, "gone.example")).isTrue();
    assertThat(tls.statuses()).extracting(CertificateStatus::spec).containsExactly(FIVE);
  }

  @Test
  void severalDeadNamesAreLeftOutOneAfterTheOther() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    h.issuer.refuses("c.example", Reaction.OPERATOR);
    AutoTls tls = node(FIVE);

    h.advance(Duration.ofDays(1));

    assertThat(h.served(tls, "a.example").names())
        .containsExactlyInAnyOrder("a.example", "b.example", "d.example");
    assertThat(badDays(tls, "a.example", 200)).isZero();
  }

  @Test
  void allNodesAgreeAndOneOfThemOrders() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    AutoTls first = node(FIVE);
    AutoTls second = node(FIVE);
    AutoTls follower = h.builder(h.issuer.node()).role(Role.FOLLOWER).certificate(FIVE).enable();

    h.advance(Duration.ofDays(1));

    assertThat(List.of(first, second, follower)).allMatch(tls -> works(tls, "a.example"));
    assertThat(h.issuer.orders()).hasSize(1);
  }

  @Test
  void aRestartServesWhatStandsInFromTheFirstVisitorOn() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    node(FIVE).close();
    AutoTls before = node(FIVE);
    h.advance(Duration.ofDays(1));
    before.close();

    AutoTls after = node(FIVE);

    assertThat(works(after, "a.example")).isTrue();
    assertThat(badDays(after, "a.example", 200)).isZero();
  }

  @Test
  void aNameThatFailsForAMomentIsNotLeftOut() {
    AutoTls tls = node(FIVE);
    h.advance(Duration.ofDays(59));
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    h.advance(Duration.ofDays(2));

    h.issuer.accepts("gone.example");
    h.advance(Duration.ofDays(2));

    assertThat(h.served(tls, "a.example").names()).hasSize(5);
    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.events(AutoTlsEvent.NamesLeftOut.class)).isEmpty();
  }

  @Test
  void whoeverRequiresAllNamesGetsAllOrNone() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    AutoTls tls = h.builder(h.issuer.node()).certificate(FIVE).requireAllNames().enable();

    h.advance(Duration.ofDays(10));

    assertThat(tls.status("a.example").orElseThrow().serving()).isEqualTo(Serving.PLACEHOLDER);
    assertThat(h.issuer.orders()).isEmpty();
  }

  @Test
  void statusAndExplanationSayWhatStandsIn() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    AutoTls tls = node(FIVE);
    h.advance(Duration.ofDays(1));

    CertificateStatus good = tls.status("a.example").orElseThrow();
    CertificateStatus gone = tls.status("gone.example").orElseThrow();

    assertThat(good.spec()).isEqualTo(FIVE);
    assertThat(good.serving()).isEqualTo(Serving.CERTIFICATE);
    assertThat(good.standIn().orElseThrow().names()).doesNotContain("gone.example").hasSize(4);
    assertThat(gone.serving()).isEqualTo(Serving.PLACEHOLDER);
    assertThat(gone.standIn()).isEmpty();
    assertThat(tls.explain("a.example"))
        .contains("that of a.example, b.example, c.example, d.example")
        .contains("Left out: gone.example failed repeatedly");
  }

  @Test
  void whatIsRemovedTakesWhatStandsInForItAlong() {
    h.issuer.refuses("gone.example", Reaction.RETRY_ATTEMPT);
    AutoTls tls = node(FIVE, SHOP);
    h.advance(Duration.ofDays(1));

    tls.remove(FIVE);
    h.advance(Duration.ofDays(6));
    assertThat(works(tls, "a.example")).isTrue();
    h.advance(Duration.ofDays(2));

    assertThat(works(tls, "a.example")).isFalse();
    assertThat(tls.statuses()).extracting(CertificateStatus::spec).containsExactly(SHOP);
  }
}
