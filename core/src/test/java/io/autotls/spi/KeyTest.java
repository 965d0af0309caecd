package io.autotls.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"a", "a/b/c", "challenges/dns-01/_acme-challenge.example.com", "a.b:1@c/*/-/!41"})
  void aNameThatIsAllowedIsTheKey(String name) {
    assertThat(Key.of(name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", ".a", "a b", "a\\b", "ä", "a%"
      })
  void whatIsNoNameIsRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> Key.of(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"A", "a/B", "challenges/http-01/DGyRejmCefe7v4N"})
  void capitalsAreRefusedForSomeStoresIgnoreThem(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> Key.of(name));
  }

  @Test
  void aNameHas512CharactersAtMost() {
    assertThat(Key.of("x".repeat(512)).name()).hasSize(512);
    assertThatIllegalArgumentException().isThrownBy(() -> Key.of("x".repeat(513)));
    assertThatIllegalArgumentException().isThrownBy(() -> Key.ofSegments("X".repeat(171)));
  }

  @Test
  void capitalsInASegmentAreEscaped() {
    Key key = Key.ofSegments("challenges", "http-01", "DGyRejmCefe7v4N");

    assertThat(key.name()).isEqualTo("challenges/http-01/!44!47y!52ejm!43efe7v4!4e");
    assertThat(key.lastSegment()).isEqualTo("DGyRejmCefe7v4N");
  }

  @Test
  void anySegmentsComeBack() {
    for (String segment :
        List.of("a", "A/b", ".hidden", "..", "!41", "ä€😀", "a b%", "\u0000", "x!", "-_.*@:")) {
      Key key = Key.ofSegments("a", segment, "b");

      assertThat(key.segments()).containsExactly("a", segment, "b");
      assertThat(key.name()).isEqualTo(key.name().toLowerCase(Locale.ROOT));
      assertThat(Key.of(key.name())).isEqualTo(key);
    }
  }

  @Test
  void segmentsThatDifferInCapitalsAloneMakeKeysThatDifferOtherwise() {
    String one = Key.ofSegments("tokens", "aB").name();
    String other = Key.ofSegments("tokens", "Ab").name();

    assertThat(one).isNotEqualToIgnoringCase(other);
  }

  @Test
  void anEscapeThatMakesNoSenseStaysAsItIs() {
    assertThat(Key.of("a/!zz/!4/!").segments()).containsExactly("a", "!zz", "!4", "!");
  }

  @Test
  void anEmptySegmentIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Key.ofSegments("a", ""));
    assertThatIllegalArgumentException().isThrownBy(Key::ofSegments);
  }

  @Test
  void aPrefixContainsWhatIsBelowIt() {
    KeyPrefix prefix = KeyPrefix.of("a/");

    assertThat(prefix.contains(Key.of("a/b/c"))).isTrue();
    assertThat(prefix.contains(Key.of("a"))).isFalse();
    assertThat(prefix.contains(Key.of("ab/c"))).isFalse();
    assertThat(KeyPrefix.ALL.contains(Key.of("a"))).isTrue();
    assertThat(prefix.key("B", "c")).hasToString("a/!42/c");
    assertThat(prefix.key(Key.of("b/c"))).hasToString("a/b/c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "/", "../", "a//", "A/", "a b/"})
  void whatIsNoPrefixIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> KeyPrefix.of(text));
  }
}
