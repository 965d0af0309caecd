package io.autotls.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.internal.record.NameFailures.Patience;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NameFailuresTest {
  private static final CertificateSpec SPEC =
      CertificateSpec.builder()
          .names("example.com", "*.example.com", "gone.example")
          .keyType(KeyType.EC_P384)
          .profile("classic")
          .reuseKey()
          .build();

  private static NameFailures after(int times, String... names) {
    NameFailures failures = NameFailures.NONE;
    for (int i = 0; i < times; i++) {
      failures = failures.after(SPEC, Set.of(names), Patience.EXHAUSTED);
    }
    return failures;
  }

  @Test
  void aNameThatFailsThreeTimesIsLeftOut() {
    assertThat(after(2, "gone.example").leftOut()).isEmpty();
    assertThat(after(3, "gone.example").leftOut()).containsExactly("gone.example");
  }

  @Test
  void patienceCountsWithoutLeavingOut() {
    NameFailures failures = after(2, "gone.example");

    failures = failures.after(SPEC, Set.of("gone.example"), Patience.LEFT);
    assertThat(failures.leftOut()).isEmpty();

    failures = failures.after(SPEC, Set.of("gone.example"), Patience.EXHAUSTED);
    assertThat(failures.leftOut()).containsExactly("gone.example");
  }

  @Test
  void neverAreAllNamesLeftOut() {
    NameFailures failures = after(5, "example.com", "*.example.com", "gone.example");

    assertThat(failures.leftOut()).isEmpty();
    assertThat(failures.remainder(SPEC)).isEmpty();
  }

  @Test
  void whatRemainsIsTheSameWithFewerNames() {
    CertificateSpec others = after(3, "gone.example").remainder(SPEC).orElseThrow();

    assertThat(others.names()).containsExactly("example.com", "*.example.com");
    assertThat(others.keyType()).isEqualTo(KeyType.EC_P384);
    assertThat(others.profiles()).containsExactly("classic");
    assertThat(others.reusesKey()).isTrue();
  }

  @Test
  void anIdentifierBlamesTheNameAndItsWildcard() {
    assertThat(NameFailures.blamed(SPEC, List.of("example.com")))
        .containsExactlyInAnyOrder("example.com", "*.example.com");
    assertThat(NameFailures.blamed(SPEC, List.of("other.example"))).isEmpty();
  }
}
