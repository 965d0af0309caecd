package io.autotls.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {
  private enum Mode {
    RAW,
    AS_IS
  }

  private static <T> T read(Setting<T> setting, String written) {
    return setting.read(Optional.of(written));
  }

  private static <T> Setting<T> required(Setting.Builder<T> builder) {
    return builder.meaning("something").required();
  }

  @Test
  void aValueIsReadAsPeopleWriteIt() {
    assertThat(read(required(Setting.text("autotls.a")), " \"x y\" ")).isEqualTo("x y");
    assertThat(read(required(Setting.flag("autotls.a")), "Yes")).isTrue();
    assertThat(read(required(Setting.integer("autotls.a", 1, 9)), "9")).isEqualTo(9);
    assertThat(read(required(Setting.port("autotls.a")), "0")).isZero();
    assertThat(read(required(Setting.duration("autotls.a")), "1d 12h"))
        .isEqualTo(Duration.ofHours(36));
    assertThat(read(required(Setting.path("autotls.a")), "/a/b")).isEqualTo(Path.of("/a/b"));
    assertThat(read(required(Setting.choice("autotls.a", Mode.class)), "As-Is"))
        .isEqualTo(Mode.AS_IS);
    assertThat(read(required(Setting.list("autotls.a")), "a, 'b',a,")).containsExactly("a", "b");
    assertThat(read(required(Setting.of("autotls.a", URI::create)), "a:b"))
        .isEqualTo(URI.create("a:b"));
  }

  @Test
  void whatIsNoValueIsAnsweredByWhatIsExpected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(required(Setting.integer("autotls.a", 1, 9)), "10"))
        .withMessage("it is a number from 1 to 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(required(Setting.choice("autotls.a", Mode.class)), "row"))
        .withMessage("it is one of raw, as-is");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(required(Setting.path("autotls.a")), "a\0b"))
        .withMessageContaining("it is no path");
  }

  @Test
  void whatIsLeftOutHasItsDefaultOrIsEmptyOrIsMissed() {
    Setting<Duration> patience = Setting.duration("autotls.a").meaning("m").defaultsTo("10s");
    Setting<Optional<String>> name = Setting.text("autotls.a").meaning("m").optional();

    for (Optional<String> nothing : List.of(Optional.<String>empty(), Optional.of(" "))) {
      assertThat(patience.read(nothing)).isEqualTo(Duration.ofSeconds(10));
      assertThat(name.read(nothing)).isEmpty();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> required(Setting.text("autotls.a")).read(nothing))
          .withMessage("it is not set");
    }
    assertThat(patience.defaultText()).contains("10s");
    assertThat(patience.isRequired()).isFalse();
  }

  @Test
  void aWrongDefaultIsAMistakeOfWhoDeclaresIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Setting.duration("autotls.a").meaning("m").defaultsTo("soon"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Setting.text("autotls.a").meaning("m").secret().defaultsTo("changeit"))
        .withMessageContaining("is a secret");
    assertThatIllegalStateException().isThrownBy(() -> Setting.text("autotls.a").required());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"acme.token", "autotls", "autotls.", "autotls.A", "autotls.a_b", "autotls.a..b"})
  void aNameBelongsToAutoTlsAndToTheEnvironment(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Setting.text(name))
        .withMessageContaining(name);
  }

  @Test
  void theEnvironmentHasNoDotsAndNoHyphens() {
    assertThat(required(Setting.text("autotls.storage.acme.api-token")).environmentName())
        .isEqualTo("AUTOTLS_STORAGE_ACME_API_TOKEN");
  }

  @Test
  void aSecretIsNotShownWhoeverRefusesIt() {
    Setting<URI> url =
        Setting.of("autotls.a", URI::create)
            .meaning("m")
            .example("https://user:${file:/run/secrets/a}@host")
            .secret()
            .required();

    assertThatThrownBy(() -> read(url, "c2Vj cmV0"))
        .hasMessage(
            "it cannot be understood; write it as in https://user:${file:/run/secrets/a}@host")
        .hasNoCause();
    assertThat(url).hasToString("autotls.a");
  }
}
