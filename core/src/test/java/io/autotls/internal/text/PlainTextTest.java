package io.autotls.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainTextTest {
  @Test
  void whatIsPlainStaysTheSameObject() {
    String text = "Für \"пример.example\" gilt: 例え, e\u0301 und 😀.";

    assertThat(PlainText.message(text)).isSameAs(text);
  }

  @Test
  void lineBreaksMakeNoSecondLine() {
    assertThat(PlainText.message("a\r\nWARN b\u0085c\u2028d\u2029e\n")).isEqualTo("a WARN b c d e");
  }

  @Test
  void terminalsAreToldNothing() {
    assertThat(PlainText.message("\u001b[31mred \u009b31mred\u0007\u007f\b"))
        .isEqualTo("[31mred 31mred");
  }

  @Test
  void theDirectionOfWritingStays() {
    assertThat(PlainText.message("\u202etxt.exe\u2066a\u2069 \u200b\ufeffb\u00ad"))
        .isEqualTo("txt.exe a b");
  }

  @Test
  void halvesOfPairsAndWhatNobodyCanSeeBecomeSpaces() {
    assertThat(PlainText.message("a\ud800b\udc00c\ue000d\u00a0\u3000e")).isEqualTo("a b c d e");
  }

  @Test
  void whatIsTooLongEndsWithAnEllipsis() {
    assertThat(PlainText.line("abcdef", 6)).isEqualTo("abcdef");
    assertThat(PlainText.line("abcdefg", 6)).isEqualTo("abcdef…");
    assertThat(PlainText.line("abcde\uD83D\uDE00", 6)).isEqualTo("abcde…");
    assertThat(PlainText.line("\n".repeat(1_000_000) + "end", 6)).isEqualTo("end");
  }
}
