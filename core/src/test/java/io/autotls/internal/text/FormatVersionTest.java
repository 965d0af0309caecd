package io.autotls.internal.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class FormatVersionTest {
  private static final Vocabulary KNOWN =
      new Vocabulary(Set.of("Name"), Set.of("State-"), Set.of("key"), Set.of("aside-"));

  private static final String NEWER =
      """
      Thing
      Format: 1.7
      Colour: blue, or so
      Name: a
      State-x: 1

      Section: key
      -----BEGIN KEY-----
      AAAA
      -----END KEY-----

      Section: flags
      what nobody here knows
      -----BEGIN FLAG-----
      BBBB
      -----END FLAG-----

      Section: aside-1
      -----BEGIN KEY-----
      CCCC
      -----END KEY-----

      End of Thing
      """;

  private static Document parse(String text) {
    return Document.parse(text.getBytes(UTF_8));
  }

  private static Unknown unknown(String text) {
    return parse(text).unknown(KNOWN);
  }

  @Test
  void everyDocumentSaysItsForm() {
    byte[] text = new Document.Writer("Thing").header("Name", "a").toBytes();

    assertThat(new String(text, UTF_8)).isEqualTo("Thing\nFormat: 1.0\nName: a\n\nEnd of Thing\n");
    assertThat(Document.parse(text).unknown(KNOWN)).isSameAs(Unknown.NONE);
  }

  @Test
  void whatIsNotKnownIsWrittenBack() {
    byte[] again =
        new Document.Writer("Thing").keeping(unknown(NEWER)).header("Name", "b").toBytes();

    assertThat(new String(again, UTF_8))
        .isEqualTo(
            """
            Thing
            Format: 1.7
            Colour: blue, or so
            Name: b

            Section: flags
            what nobody here knows
            -----BEGIN FLAG-----
            BBBB
            -----END FLAG-----

            End of Thing
            """);
    assertThat(Document.parse(again).isComplete()).isTrue();
    assertThat(
            new Document.Writer("Thing")
                .keeping(Document.parse(again).unknown(KNOWN))
                .header("Name", "b")
                .toBytes())
        .isEqualTo(again);
  }

  @Test
  void aNewerFormIsKeptByACopy() {
    Document.Writer copy = new Document.Writer("Thing");

    Document.copy(NEWER.getBytes(UTF_8), copy, header -> true);

    assertThat(new String(copy.toBytes(), UTF_8)).isEqualTo(NEWER);
  }

  @Test
  void onlyAnotherMajorVersionIsNotToBeWritten() {
    assertThat(unknown(NEWER).mayBeWritten()).isTrue();
    assertThat(unknown(NEWER.replace("1.7", "0.9")).mayBeWritten()).isTrue();
    assertThat(unknown(NEWER.replace("1.7", "2.0")).mayBeWritten()).isFalse();
  }

  @Test
  void aFormThatMakesNoSenseSaysNothing() {
    for (String nonsense : Set.of("", "2", "two", "9999999.0", "-2.0")) {
      Document document = parse("Thing\nFormat: " + nonsense + "\nName: a\n\nEnd of Thing\n");

      assertThat(document.format()).isEqualTo(FormatVersion.CURRENT);
    }
  }
}
