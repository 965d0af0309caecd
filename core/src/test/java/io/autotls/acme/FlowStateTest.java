package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowStateTest {
  private static final Map<String, String> STORED =
      Map.of(
          "phase", "POLL",
          "order", "https://ca.test/order/1",
          "waited", "PT5M",
          "looks", "7",
          "failures", "1");

  @Test
  void whatWasStoredIsReadBack() {
    FlowState state = FlowState.of(STORED).orElseThrow();

    assertThat(state.order()).contains(URI.create("https://ca.test/order/1"));
    assertThat(state.waited()).isEqualTo(Duration.ofMinutes(5));
    assertThat(state.toMap()).isEqualTo(STORED);
  }

  @ParameterizedTest
  @CsvSource({
    "phase,PARTY",
    "order,http://ca.test/order/1",
    "order,file:///etc/passwd",
    "order,nonsense",
    "order,''",
    "waited,soon",
    "waited,PT-5M",
    "waited,PT2562047788015215H",
    "looks,-1",
    "looks,99999999999",
    "failures,-31"
  })
  @DisplayName("T1 what nobody here would have stored is not gone on with")
  void nonsense(String member, String value) {
    Map<String, String> stored = new HashMap<>(STORED);
    stored.put(member, value);

    assertThat(FlowState.of(stored)).isEmpty();
  }
}
