package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.tls.Keyring.Placement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class KeyringTest {
  private static final Authority CA = new Authority();
  private static final Credential A = CA.ec("a.example.com");
  private static final Credential B = CA.ec("b.example.com");
  private static final Credential C = CA.ec("c.example.com");
  private static final Credential RSA = CA.rsa("a.example.com");

  private final Keyring keyring = new Keyring();

  @Test
  void findsTheExactNameThenTheWildcardThenTheDefault() {
    keyring.install("default", List.of("default.example.com"), A);
    keyring.install("wildcard", List.of("*.example.com"), B);
    keyring.install("exact", List.of("www.example.com"), C);

    assertThat(keyring.find("www.example.com")).isEqualTo(C);
    assertThat(keyring.find("other.example.com")).isEqualTo(B);
    assertThat(keyring.find("x.other.example.com")).isEqualTo(A);
    assertThat(keyring.find("example.com")).isEqualTo(A);
    assertThat(keyring.find("")).isEqualTo(A);
    assertThat(keyring.find(null)).isEqualTo(A);
  }

  @Test
  @Tag("FT44")
  void namesAreTheSameInAnyCaseAndWithADotAtTheEnd() {
    keyring.install("default", List.of("default.example.com"), A);
    keyring.install("b", List.of("B.Example.com", "*.Wild.Example.com"), B);

    assertThat(keyring.find("b.example.COM")).isEqualTo(B);
    assertThat(keyring.find("b.example.com.")).isEqualTo(B);
    assertThat(keyring.find("X.wild.example.com")).isEqualTo(B);
  }

  @Test
  void addressesAreFoundInTheirCanonicalText() {
    keyring.install("default", List.of("default.example.com"), A);
    keyring.install("b", List.of("2001:DB8:0:0::1", "192.0.2.1"), B);

    assertThat(keyring.find("2001:db8::1")).isEqualTo(B);
    assertThat(keyring.find("192.0.2.1")).isEqualTo(B);
  }

  @Test
  void nothingIsFoundInAnEmptyKeyring() {
    assertThat(keyring.find("a.example.com")).isNull();
    assertThat(keyring.find(null)).isNull();
    assertThat(keyring.hasChallenges()).isFalse();
    assertThat(keyring.challenge("a.example.com")).isNull();
  }

  @Test
  void theFirstSlotIsTheDefaultUnlessSaidOtherwise() {
    keyring.install("a", List.of("a.example.com"), A);
    keyring.install("b", List.of("b.example.com"), B);
    assertThat(keyring.find(null)).isEqualTo(A);

    keyring.makeDefault("b");
    assertThat(keyring.find(null)).isEqualTo(B);

    keyring.install("c", List.of("c.example.com"), C, Placement.AS_DEFAULT);
    assertThat(keyring.find(null)).isEqualTo(C);
  }

  @Test
  void theDefaultIsTheFirstInOrderHoweverItWasInstalled() {
    keyring.defaultOrder(List.of("a.example.com", "b.example.com", "c.example.com"));
    for (List<String> arrival :
        List.of(List.of("a", "b", "c"), List.of("c", "a", "b"), List.of("b", "c", "a"))) {
      arrival.forEach(slot -> keyring.install(slot, List.of(slot + ".example.com"), of(slot)));

      assertThat(keyring.find(null)).as("%s", arrival).isEqualTo(A);
      assertThat(keyring.find("unknown.example.com")).as("%s", arrival).isEqualTo(A);
      keyring.remove("a");
      assertThat(keyring.find(null)).as("%s", arrival).isEqualTo(B);
      List.of("b", "c").forEach(keyring::remove);
    }
  }

  private static Credential of(String slot) {
    return Map.of("a", A, "b", B, "c", C).get(slot);
  }

  @Test
  void whatHasNoPlaceInTheOrderComesLast() {
    keyring.install("c", List.of("c.example.com"), C);
    keyring.install("b", List.of("b.example.com"), B);
    keyring.defaultOrder(List.of("a.example.com", "x.example.com"));
    assertThat(keyring.find(null)).isEqualTo(C);

    keyring.install("stand-in", List.of("x.example.com"), A);

    assertThat(keyring.find(null)).isEqualTo(A);
  }

  @Test
  void theDefaultNameGoesBeforeTheOrder() {
    keyring.defaultOrder(List.of("a.example.com", "b.example.com"));
    keyring.defaultName("www.Example.org");
    keyring.install("b", List.of("b.example.com"), B);
    assertThat(keyring.find(null)).as("not there yet").isEqualTo(B);

    keyring.install("c", List.of("*.example.org"), C);
    keyring.install("a", List.of("a.example.com"), A);

    assertThat(keyring.find(null)).isEqualTo(C);
    keyring.remove("c");
    assertThat(keyring.find(null)).isEqualTo(A);
  }

  @Test
  void whoNamesNoHostGetsTheCertificateOfTheAddress() {
    keyring.install("a", List.of("a.example.com"), A);
    assertThat(keyring.offersUnnamed("192.0.2.1").best()).as("none for it").isEqualTo(A);
    keyring.install("b", List.of("192.0.2.1"), B);
    keyring.install("c", List.of("192.0.2.2"), C);

    assertThat(keyring.offersUnnamed("192.0.2.2").best()).isEqualTo(C);
    assertThat(keyring.offersUnnamed("10.0.0.1").best()).as("behind NAT").isEqualTo(B);
    assertThat(keyring.offersUnnamed(null).best()).isEqualTo(B);
    assertThat(keyring.offers("unknown.example.com").best()).isEqualTo(A);

    keyring.defaultName("a.example.com");
    assertThat(keyring.offersUnnamed("10.0.0.1").best()).isEqualTo(A);
    assertThat(keyring.offersUnnamed("192.0.2.2").best()).isEqualTo(C);
  }

  @Test
  void theDefaultFollowsItsSlot() {
    keyring.install("a", List.of("a.example.com"), A);
    keyring.install("b", List.of("b.example.com"), B);

    keyring.install("a", List.of("new.example.com"), C);

    assertThat(keyring.find(null)).isEqualTo(C);
  }

  @Test
  void theOldestOtherSlotInheritsTheDefault() {
    keyring.install("a", List.of("a.example.com"), A);
    keyring.install("b", List.of("b.example.com"), B);
    keyring.install("c", List.of("c.example.com"), C);

    keyring.remove("a");
    assertThat(keyring.find(null)).isEqualTo(B);
    keyring.remove("b");
    keyring.remove("c");
    assertThat(keyring.find(null)).isNull();
  }

  @Test
  void onlyAnInstalledSlotBecomesTheDefault() {
    assertThatThrownBy(() -> keyring.makeDefault("nobody"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void aReplacedSlotForgetsTheNamesThatItLost() {
    keyring.install("default", List.of("default.example.com"), C);
    keyring.install("a", List.of("a.example.com", "old.example.com", "*.old.example.com"), A);

    keyring.install("a", List.of("a.example.com", "new.example.com"), B);

    assertThat(keyring.find("a.example.com")).isEqualTo(B);
    assertThat(keyring.find("new.example.com")).isEqualTo(B);
    assertThat(keyring.find("old.example.com")).isEqualTo(C);
    assertThat(keyring.find("x.old.example.com")).isEqualTo(C);
    assertThat(keyring.installed("a")).contains(B);
  }

  @Test
  void aRemovedSlotLeavesOthersWithTheSameNameAlone() {
    keyring.install("a", List.of("www.example.com"), A);
    keyring.install("b", List.of("www.example.com"), B);

    keyring.remove("a");
    keyring.remove("a");

    assertThat(keyring.find("www.example.com")).isEqualTo(B);
    assertThat(keyring.installed("a")).isEmpty();
  }

  @Test
  void ofTwoForTheSameNameTheOneThatLivesLongerIsServed() {
    Credential brief = CA.ecUntil(Authority.START.plus(Duration.ofDays(1)), "a.example.com");
    keyring.install("long", List.of("a.example.com"), A);
    keyring.install("brief", List.of("a.example.com"), brief);

    assertThat(keyring.find("a.example.com")).isEqualTo(A);
    keyring.remove("long");
    assertThat(keyring.find("a.example.com")).isEqualTo(brief);
  }

  @Test
  void whatIsNotValidYetIsServedOnlyWhereNothingElseIs() {
    Credential brief = CA.ecUntil(Authority.START.plus(Duration.ofDays(1)), "a.example.com");
    keyring.install("later", List.of("a.example.com"), A, Keyring.Placement.IF_NOTHING_ELSE);
    assertThat(keyring.find("a.example.com")).isEqualTo(A);

    keyring.install("now", List.of("a.example.com"), brief);

    assertThat(keyring.find("a.example.com")).isEqualTo(brief);
    keyring.install("later", List.of("a.example.com"), A);
    assertThat(keyring.find("a.example.com")).isEqualTo(A);
  }

  @Test
  void ecAndRsaStandSideBySide() {
    keyring.install("ec", List.of("a.example.com"), A);
    keyring.install("rsa", List.of("a.example.com"), RSA);

    assertThat(keyring.offers("a.example.com").best("EC")).isEqualTo(A);
    assertThat(keyring.offers("a.example.com").best("RSA")).isEqualTo(RSA);
    assertThat(keyring.offers("a.example.com").best("EdDSA")).isNull();
    assertThat(keyring.offers(null).best("RSA")).as("default").isEqualTo(RSA);
  }

  @Test
  void namesThatNobodyCanAskForAreRefused() {
    for (String name : List.of("", "*", "*.", "a.*.example.com", "**.example.com")) {
      assertThatThrownBy(() -> keyring.install("a", List.of(name), A))
          .as(name)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> keyring.install("a", List.of(), A))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(keyring.find(null)).isNull();
  }

  @Test
  void thePlaceholderIsMadeOnceAndOnlyIfNeeded() {
    AtomicInteger made = new AtomicInteger();
    keyring.placeholder(
        () -> {
          made.incrementAndGet();
          return C;
        });
    assertThat(made).hasValue(0);

    assertThat(keyring.find("a.example.com")).isEqualTo(C);
    assertThat(keyring.find(null)).isEqualTo(C);
    assertThat(keyring.byAlias(C.alias())).isEqualTo(C);
    assertThat(made).hasValue(1);
    keyring.install("a", List.of("a.example.com"), A);
    assertThat(keyring.find("unknown.example.com")).isEqualTo(A);
  }

  @Test
  void aPlaceholderThatFailsIsTriedAgain() {
    AtomicInteger calls = new AtomicInteger();
    keyring.placeholder(
        () -> {
          if (calls.incrementAndGet() == 1) {
            throw new IllegalStateException("no entropy");
          }
          return C;
        });

    assertThatThrownBy(() -> keyring.find(null)).hasMessage("no entropy");
    assertThat(keyring.find(null)).isEqualTo(C);
  }

  @Test
  void challengesAreKeptApartFromCertificates() {
    keyring.install("a", List.of("a.example.com"), A);
    keyring.installChallenge("B.example.com", B);

    assertThat(keyring.hasChallenges()).isTrue();
    assertThat(keyring.challenge("b.EXAMPLE.com")).isEqualTo(B);
    assertThat(keyring.find("b.example.com")).isEqualTo(A);
    assertThat(keyring.challenge("a.example.com")).isNull();
  }

  @Test
  @Tag("C13")
  void theNewestOfTwoChallengesIsServedUntilItIsOver() {
    keyring.installChallenge("a.example.com", A);
    keyring.installChallenge("a.example.com", B);
    assertThat(keyring.challenge("a.example.com")).isEqualTo(B);

    keyring.removeChallenge("a.example.com", B);
    assertThat(keyring.challenge("a.example.com")).isEqualTo(A);
    keyring.removeChallenge("a.example.com", B);
    keyring.removeChallenge("a.example.com", A);
    assertThat(keyring.challenge("a.example.com")).isNull();
    assertThat(keyring.hasChallenges()).isFalse();
  }

  @Test
  void whatTheLookupFindsGoesBeforeWhatIsInstalled() {
    keyring.installChallenge("a.example.com", A);
    keyring.installChallenge("b.example.com", A);
    keyring.challengeLookup(name -> name.equals("a.example.com") ? B : null);

    assertThat(keyring.challenge("a.example.com")).isEqualTo(B);
    assertThat(keyring.challenge("b.example.com")).isEqualTo(A);
  }

  @Test
  void aChallengeOfAnotherNodeResolvesByItsAlias() {
    keyring.challengeLookup(name -> name.equals("a.example.com") ? A : null);

    assertThat(keyring.challenge("A.example.com")).isEqualTo(A);
    assertThat(keyring.byAlias(A.alias())).isEqualTo(A);
    assertThat(keyring.challenge("b.example.com")).isNull();
  }

  @Test
  void aReplacedGenerationStaysResolvable() {
    keyring.install("a", List.of("a.example.com"), A);
    keyring.install("a", List.of("a.example.com"), B);
    keyring.remove("a");

    assertThat(keyring.byAlias(A.alias())).isEqualTo(A);
    assertThat(keyring.byAlias(B.alias())).isEqualTo(B);
    assertThat(keyring.byAlias("unknown")).isNull();
  }

  @Test
  @Tag("PD7")
  @Tag("PD12")
  void aNameNeverGoesWithoutWhileItsSlotIsReplaced() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    keyring.install("a", List.of("a.example.com", "*.example.org"), A);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Integer> gaps =
          threads.submit(
              () -> {
                int missed = 0;
                while (!done.get()) {
                  missed += keyring.find("a.example.com") == null ? 1 : 0;
                  missed += keyring.find("x.example.org") == null ? 1 : 0;
                  missed += keyring.find(null) == null ? 1 : 0;
                }
                return missed;
              });
      for (int i = 0; i < 20_000; i++) {
        List<String> names =
            i % 3 == 0
                ? List.of("*.example.org", "a.example.com", "n" + i + ".example.com")
                : List.of("n" + i + ".example.com", "a.example.com", "*.example.org");
        keyring.install("a", names, i % 2 == 0 ? A : B);
      }
      done.set(true);

      assertThat(gaps.get(60, TimeUnit.SECONDS)).isZero();
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  @Test
  void aHundredThousandNamesAreInstalledAndReplacedInAWhile() {
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 100_000; i++) {
        keyring.install("slot" + i, List.of("n" + i + ".example.com"), round == 0 ? A : B);
      }
    }

    assertThat(keyring.find("n0.example.com")).isEqualTo(B);
    assertThat(keyring.find("n99999.example.com")).isEqualTo(B);
  }
}
