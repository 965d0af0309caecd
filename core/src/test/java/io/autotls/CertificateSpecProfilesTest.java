package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CertificateSpecProfilesTest {
  private static CertificateSpec spec(String... profiles) {
    return CertificateSpec.builder().names("example.com").profiles(List.of(profiles)).build();
  }

  @Test
  void eachListOfProfilesIsAnotherCertificate() {
    Set<String> ids =
        Stream.of(spec(), spec("a"), spec("b"), spec("a", "b"), spec("b", "a"), spec("a", "b", "c"))
            .map(CertificateSpec::id)
            .collect(Collectors.toSet());

    assertThat(ids).hasSize(6);
    assertThat(spec()).isEqualTo(CertificateSpec.of("example.com"));
    assertThat(spec("a"))
        .isEqualTo(CertificateSpec.builder().names("example.com").profile("a").build());
    assertThat(spec("a", "b").toBuilder().build().profiles()).containsExactly("a", "b");
  }

  @Test
  void whatCannotBeTheNameOfAProfileIsRefused() {
    for (String nonsense : List.of("", "a,b", "a\nb", "a b", "é")) {
      assertThatThrownBy(() -> spec(nonsense))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not the name of a profile");
    }
    assertThatThrownBy(() -> spec("a", "a")).hasMessageContaining("there twice");
  }
}
