package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class NameGroupsTest {
  private static List<String> names(int count) {
    return new ArrayList<>(
        IntStream.range(0, count).mapToObj(i -> "n" + i + ".example.com").toList());
  }

  private static Set<String> ids(List<String> names, String profile) {
    CertificateSpec.Builder spec = CertificateSpec.builder().names(names);
    if (!profile.isEmpty()) {
      spec.profile(profile);
    }
    Set<String> ids = new HashSet<>();
    for (CertificateSpec one : spec.buildAll()) {
      assertThat(one.names()).hasSizeLessThanOrEqualTo(profile.isEmpty() ? 100 : 25);
      assertThat(ids.add(one.id())).isTrue();
    }
    return ids;
  }

  @Test
  @Tag("G7")
  void namesThatFitIntoOneCertificateAreInOne() {
    assertThat(CertificateSpec.builder().names(names(100)).buildAll()).hasSize(1);
    assertThat(CertificateSpec.builder().names(names(100)).build().names()).hasSize(100);
  }

  @Test
  void noNameIsLostAndNoneIsThereTwice() {
    List<String> all = names(1234);

    List<String> parted =
        CertificateSpec.builder().names(all).buildAll().stream()
            .flatMap(spec -> spec.names().stream())
            .toList();

    assertThat(parted).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void theOrderOfTheNamesDoesNotMatter() {
    List<String> shuffled = names(700);
    Collections.shuffle(shuffled, new Random(7));

    assertThat(ids(shuffled, "")).isEqualTo(ids(names(700), ""));
  }

  @Test
  void aNameMoreChangesOneGroup() {
    for (int count = 101; count < 600; count += 7) {
      Set<String> before = ids(names(count), "");
      Set<String> after = ids(names(count + 1), "");

      Set<String> gone = new HashSet<>(before);
      gone.removeAll(after);
      assertThat(gone).as("of %d names", count).hasSize(1);
    }
  }

  @Test
  void strictProfilesTakeFewerNames() {
    assertThat(ids(names(26), "shortlived")).hasSizeGreaterThan(1);
    assertThat(ids(names(25), "tlsserver")).hasSize(1);
  }

  @Test
  void eachKindOfKeyGetsEachGroup() {
    List<CertificateSpec> all =
        CertificateSpec.builder()
            .names(names(150))
            .keyTypes(KeyType.EC_P256, KeyType.RSA_2048)
            .buildAll();

    assertThat(all.stream().filter(spec -> spec.keyType() == KeyType.RSA_2048).count())
        .isEqualTo(all.size() / 2);
  }

  @Test
  void oneSpecIsOneCertificate() {
    assertThatThrownBy(() -> CertificateSpec.builder().names(names(101)).build())
        .hasMessageContaining("more than 100 names")
        .hasMessageContaining("buildAll()");
    assertThatThrownBy(
            () ->
                CertificateSpec.builder()
                    .names("a.example")
                    .keyTypes(KeyType.EC_P256, KeyType.RSA_2048)
                    .build())
        .hasMessageContaining("buildAll()");
  }

  @Test
  void theReuseOfKeysIsNoOtherCertificate() {
    CertificateSpec spec = CertificateSpec.of("a.example");

    assertThat(spec.toBuilder().reuseKey().build()).isEqualTo(spec);
    assertThat(spec.toBuilder().reuseKey().build().toBuilder().build().reusesKey()).isTrue();
  }
}
