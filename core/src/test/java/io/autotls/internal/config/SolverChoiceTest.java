package io.autotls.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.ConfigurationException;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SolverChoiceTest {
  private final List<String> made = new ArrayList<>();

  private void choose(Map<String, String> properties) {
    InstalledPlugIns installed =
        InstalledPlugIns.of(
            List.of(),
            List.of(
                factory("tls-alpn-01", 20, "tls-alpn-01"),
                factory("http-01", 15, "another http-01"),
                factory("http-01", 10, "http-01")),
            List.of());
    new SolverChoice(Sample.of(installed, properties)).all();
  }

  private SolverFactory factory(String type, int order, String name) {
    return new SolverFactory() {
      @Override
      public String type() {
        return type;
      }

      @Override
      public int order() {
        return order;
      }

      @Override
      public ChallengeSolver create(SpiContext context) {
        made.add(name + " on " + context.httpPort());
        return (ChallengeSolver)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ChallengeSolver.class},
                (proxy, method, arguments) -> null);
      }
    };
  }

  @Test
  void theFirstOfEachTypeIsUsedInOrder() {
    choose(Map.of("autotls.http.port", "8080"));

    assertThat(made).containsExactly("http-01 on 8080", "tls-alpn-01 on 8080");
  }

  @ParameterizedTest
  @CsvSource({"tls-alpn-01", "TLS_ALPN", "tlsalpn01", "'tls-alpn, TLS-ALPN-01'"})
  void oneThatIsNamedIsUsedAlone(String name) {
    choose(Map.of("autotls.challenge", name));

    assertThat(made).containsExactly("tls-alpn-01 on 80");
  }

  @Test
  void oneThatIsNotThereIsNamedBesideThoseThatAre() {
    assertThatThrownBy(() -> choose(Map.of("autotls.challenge", "dns-01")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.challenge (set by the system property autotls.challenge)")
        .hasMessageContaining("names \"dns-01\", and nothing on the class path answers that");
  }
}
