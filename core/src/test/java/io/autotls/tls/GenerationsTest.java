package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GenerationsTest {
  private static final Credential BASE = new Authority().ec("example.com");

  private final Generations generations = new Generations();

  @Test
  void whatIsInUseIsNeverForgotten() {
    List<Credential> all = credentials(Generations.RETIRED + 100);
    generations.retain(all.get(0));
    generations.retain(all.get(0));
    generations.release(all.get(0));

    all.subList(1, all.size()).forEach(generations::mention);

    assertThat(generations.find(all.get(0).alias())).isEqualTo(all.get(0));
  }

  @Test
  void theLastRetiredAreKeptAndNoMore() {
    List<Credential> all = credentials(Generations.RETIRED + 100);

    all.forEach(
        credential -> {
          generations.retain(credential);
          generations.release(credential);
        });

    assertThat(generations.size()).isEqualTo(Generations.RETIRED);
    assertThat(generations.find(all.get(99).alias())).isNull();
    assertThat(generations.find(all.get(100).alias())).isEqualTo(all.get(100));
  }

  @Test
  void whatIsUsedAgainIsNotForgottenWithTheRetired() {
    List<Credential> all = credentials(Generations.RETIRED + 100);
    generations.mention(all.get(0));
    generations.retain(all.get(0));

    all.subList(1, all.size()).forEach(generations::mention);

    assertThat(generations.find(all.get(0).alias())).isEqualTo(all.get(0));
  }

  /** Generations that differ in the length and order of their chains only: keys are costly. */
  private static List<Credential> credentials(int count) {
    X509Certificate leaf = BASE.chain().get(0);
    X509Certificate issuer = BASE.chain().get(1);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              List<X509Certificate> chain = new ArrayList<>(List.of(leaf));
              for (int bit = 0; bit < 12; bit++) {
                chain.add((i >> bit & 1) == 0 ? leaf : issuer);
              }
              return Credential.ofVerified(BASE.privateKey(), chain);
            })
        .toList();
  }
}
