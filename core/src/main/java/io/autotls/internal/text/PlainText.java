package io.autotls.internal.text;

import org.jspecify.annotations.Nullable;

/**
 * What somebody else wrote, made fit for a message: one line, of characters that show as
 * themselves, and no longer than a person reads. Terminals obey control characters, editors and
 * browsers obey those that turn the direction of writing, and a line break makes a second line in a
 * log that we never wrote.
 *
 * <p>It is done where a message is made, so whoever logs, stores or shows that message need not
 * think of it. Pure functions that depend on nothing.
 */
public final class PlainText {
  /**
   * The longest message. Long enough for what a CA says about a dozen names, and short enough for a
   * record to hold one for each issuer.
   */
  public static final int MAX_MESSAGE = 4_000;

  private static final char CUT = '…';

  private PlainText() {}

  /** A whole message, cut at {@link #MAX_MESSAGE}. */
  public static String message(String text) {
    return line(text, MAX_MESSAGE);
  }

  /**
   * The text as one line of at most {@code max} characters, and an ellipsis if something is
   * missing. What cannot be seen becomes a space, several spaces become one, and those at the ends
   * go. A text that is fine already is returned as it is.
   */
  public static String line(String text, int max) {
    if (text.length() <= max && isPlain(text)) {
      return text;
    }
    StringBuilder line = new StringBuilder(Math.min(text.length(), max) + 1);
    int at = 0;
    while (at < text.length() && line.length() <= max) {
      int character = text.codePointAt(at);
      at += Character.charCount(character);
      if (isVisible(character)) {
        line.appendCodePoint(character);
      } else if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
        line.append(' ');
      }
    }
    if (line.length() > max) {
      boolean inPair = Character.isLowSurrogate(line.charAt(max));
      line.setLength(inPair ? max - 1 : max);
      return line.append(CUT).toString();
    }
    return line.toString().strip();
  }

  /** The same for what may be missing. */
  public static @Nullable String lineOrNull(@Nullable String text, int max) {
    return text == null ? null : line(text, max);
  }

  /** Whether {@link #line} would leave the characters of the text as they are. */
  public static boolean isPlain(String text) {
    boolean afterSpace = true; // none at the beginning either
    for (int at = 0; at < text.length(); ) {
      int character = text.codePointAt(at);
      at += Character.charCount(character);
      boolean space = character == ' ';
      if (space ? afterSpace : !isVisible(character)) {
        return false;
      }
      afterSpace = space;
    }
    return text.isEmpty() || !afterSpace;
  }

  private static boolean isVisible(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL, // those of Latin-1 too: U+009B begins an escape sequence
          Character.FORMAT, // what turns the direction of writing, and what takes no room
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR,
          Character.SURROGATE, // half a pair
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
