package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  @DisplayName("J11 values of any kind are understood, and members of the wrong type are absent")
  void readsAllKindsOfValues() throws Exception {
    JsonObject json =
        parse(
            " {\"s\":\"\\u00e4\\n\\\"\\/\",\"n\":-1.5e3,\"i\":42,\"t\":true,\"f\":false,\"z\":null,"
                + "\"a\":[1,\"x\",{},[ ]],\"o\":{\"p\":\"q\"},\"big\":99999999999999999999} ");

    assertThat(json.string("s")).isEqualTo("ä\n\"/");
    assertThat(json.integer("i")).isEqualTo(42);
    assertThat(json.integer("big")).isNull();
    assertThat(json.string("i")).isNull();
    assertThat(json.bool("t")).isTrue();
    assertThat(json.bool("z")).isNull();
    assertThat(json.strings("a")).containsExactly("x");
    assertThat(json.objects("a")).hasSize(1);
    assertThat(json.object("o").string("p")).isEqualTo("q");
    assertThat(json.object("a")).isNull();
    assertThat(json.strings("missing")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "\"x\"",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\n\"}",
        "{'a':1}",
        "{\"a\":1}{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1e99999999999}",
        "{\"a\":11111111111111111111111111111111111111111111111111111111111111111}",
        "<html></html>"
      })
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(MalformedAnswerException.class);
  }

  @Test
  @DisplayName("T8 bytes that are not UTF-8 are refused")
  void refusesOtherCharsets() {
    byte[] latin1 = "{\"a\":\"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> Json.parse(latin1)).hasMessageContaining("UTF-8");
  }

  @Test
  @DisplayName("T10 nesting is bounded")
  void refusesDeepNesting() {
    assertThatThrownBy(() -> parse("{\"a\":" + "[".repeat(100_000))).hasMessageContaining("nested");
  }

  @Test
  @DisplayName("I3 dates with fractions and offsets")
  void readsDates() throws Exception {
    JsonObject json =
        parse(
            "{\"a\":\"2026-01-02T03:04:05.678Z\",\"b\":\"2026-01-02T05:04:05+02:00\",\"c\":\"x\"}");

    assertThat(json.instant("a")).isEqualTo(Instant.parse("2026-01-02T03:04:05.678Z"));
    assertThat(json.instant("b")).isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
    assertThat(json.instant("c")).isNull();
  }

  @Test
  void writesWhatItReads() throws Exception {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("s", "a\"b\\c\u0001ä");
    value.put("l", List.of(1, true, Map.of("k", "v")));

    String written = Json.write(value);

    assertThat(written).isEqualTo("{\"s\":\"a\\\"b\\\\c\\u0001ä\",\"l\":[1,true,{\"k\":\"v\"}]}");
    assertThat(parse(written).string("s")).isEqualTo("a\"b\\c\u0001ä");
  }

  private static JsonObject parse(String text) throws MalformedAnswerException {
    return Json.parse(text.getBytes(StandardCharsets.UTF_8));
  }
}
