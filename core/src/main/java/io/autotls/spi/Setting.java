package io.autotls.spi;

import io.autotls.internal.text.Notation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The declaration of one setting: what it is called, what it means, and what holds if nobody sets
 * it. AutoTls declares its own settings so, and the factories of plug-ins theirs.
 *
 * <pre>{@code
 * private static final Setting<String> TOKEN =
 *     Setting.text("autotls.storage.acme.token")
 *         .meaning("the token of the store")
 *         .example("${file:/run/secrets/acme}")
 *         .secret()
 *         .required();
 *
 * private static final Setting<Duration> PATIENCE =
 *     Setting.duration("autotls.storage.acme.patience")
 *         .meaning("how long an answer of the store is waited for")
 *         .defaultsTo("10s");
 *
 * public List<Setting<?>> settings() {
 *   return List.of(TOKEN, PATIENCE);
 * }
 *
 * public Storage create(String location, SpiContext context) {
 *   return new AcmeStorage(context.setting(TOKEN), context.setting(PATIENCE));
 * }
 * }</pre>
 *
 * <p>A person sets it by that name in {@code autotls.properties} or as a system property, or by its
 * {@link #environmentName}: here {@code AUTOTLS_STORAGE_ACME_TOKEN}. What is misspelt is refused at
 * the start, with the nearest name that is declared by anybody on the class path. The name begins
 * with {@code autotls.}, then best with the kind and the name of the plug-in, as above, so that no
 * two plug-ins meet.
 *
 * <p>An immutable declaration; it holds no value.
 *
 * @param <T> what a value is read as
 */
public final class Setting<T> {
  private static final Pattern NAME = Pattern.compile("autotls(\\.[a-z0-9]+(-[a-z0-9]+)*)+");

  private final String name;
  private final String meaning;
  private final @Nullable String example;
  private final @Nullable String defaultText; // null: required or optional
  private final Presence presence;
  private final Visibility visibility;
  private final Function<Optional<String>, T> reading;

  private enum Presence {
    REQUIRED,
    OPTIONAL
  }

  private enum Visibility {
    PLAIN,
    SECRET
  }

  private Setting(
      Builder<?> builder,
      Presence presence,
      @Nullable String defaultText,
      Function<Optional<String>, T> reading) {
    this.name = builder.name;
    this.meaning = builder.meaning;
    this.example = builder.example;
    this.visibility = builder.visibility;
    this.presence = presence;
    this.defaultText = defaultText;
    this.reading = reading;
    if (meaning.isEmpty()) {
      throw new IllegalStateException(name + " needs a meaning(…)");
    }
  }

  /** A setting that is any text. */
  public static Builder<String> text(String name) {
    return of(name, text -> text);
  }

  /**
   * A setting that is {@code true} or {@code false}; yes and no, on and off, 1 and 0 do as well.
   */
  public static Builder<Boolean> flag(String name) {
    return of(
        name,
        text ->
            Notation.truth(text)
                .orElseThrow(() -> new IllegalArgumentException("it is either true or false")));
  }

  /**
   * A setting that is a whole number.
   *
   * @param least the least that is accepted
   * @param most the most that is accepted
   */
  public static Builder<Integer> integer(String name, int least, int most) {
    if (least > most) {
      throw new IllegalArgumentException(name + ": from " + least + " to " + most + " is nothing");
    }
    return of(name, text -> number(text, least, most));
  }

  private static Integer number(String text, int least, int most) {
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("it is a number from " + least + " to " + most);
  }

  /** A setting that is a port to listen on, from 0, which takes any that is free, to 65535. */
  public static Builder<Integer> port(String name) {
    return of(
        name,
        text -> {
          OptionalInt port = Notation.port(text);
          return port.orElseThrow(
              () -> new IllegalArgumentException("it is a port, from 0 (any) to 65535"));
        });
  }

  /**
   * A setting that is a span of time, zero or longer: {@code 7d}, {@code PT12H}, {@code 1d 12h}.
   */
  public static Builder<Duration> duration(String name) {
    return of(
        name,
        text ->
            Notation.duration(text)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "it is a duration that is not negative, such as 7d or P7D (days), 12h"
                                + " or PT12H (hours)")));
  }

  /** A setting that is the path of a file or folder; relative to the working directory. */
  public static Builder<Path> path(String name) {
    return of(
        name,
        text -> {
          try {
            return Path.of(text);
          } catch (InvalidPathException e) {
            throw new IllegalArgumentException("it is no path: " + e.getReason(), e);
          }
        });
  }

  /**
   * A setting that is one of the constants of an enum, in small letters with {@code -} for {@code
   * _}, and in any case.
   */
  public static <E extends Enum<E>> Builder<E> choice(String name, Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    return of(
        name,
        text ->
            constants.stream()
                .filter(one -> word(one).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            constants.stream()
                                .map(Setting::word)
                                .collect(Collectors.joining(", ", "it is one of ", "")))));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A setting that is a list, separated by commas; what stands there twice counts once. */
  public static Builder<List<String>> list(String name) {
    return of(name, text -> Notation.split(text, ",").stream().distinct().toList());
  }

  /**
   * A setting of another kind.
   *
   * @param parser makes the value of a text, which is never empty and has neither spaces nor quotes
   *     around it; for a text that it cannot understand it throws an {@link
   *     IllegalArgumentException} whose message says what is expected: {@code it is a URL that
   *     begins with https://}
   */
  public static <T> Builder<T> of(String name, Function<String, T> parser) {
    return new Builder<>(name, parser);
  }

  /** The name, for example {@code autotls.storage.acme.token}. */
  public String name() {
    return name;
  }

  /** The name of the environment variable, for example {@code AUTOTLS_STORAGE_ACME_TOKEN}. */
  public String environmentName() {
    return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** What it is about, for people. */
  public String meaning() {
    return meaning;
  }

  /** A value as somebody might write it; empty if the meaning says enough. */
  public Optional<String> example() {
    return Optional.ofNullable(example);
  }

  /** What holds if nobody sets it, as one would write it; empty if nothing does. */
  public Optional<String> defaultText() {
    return Optional.ofNullable(defaultText);
  }

  /** Whether somebody has to set it. */
  public boolean isRequired() {
    return presence == Presence.REQUIRED;
  }

  /** Whether the value must never be shown. */
  public boolean isSecret() {
    return visibility == Visibility.SECRET;
  }

  /**
   * The value of what somebody wrote. Plug-ins ask {@link SpiContext#setting}, which knows what was
   * written; this is for the contexts of tests.
   *
   * @param written the text; empty, or blank, if it is not set
   * @throws IllegalArgumentException if that cannot be understood, or is missing and {@linkplain
   *     #isRequired required}; the message says what is expected, and shows no secret
   */
  public T read(Optional<String> written) {
    Optional<String> text = written.map(Notation::bare).filter(bare -> !bare.isEmpty());
    try {
      return reading.apply(text);
    } catch (IllegalArgumentException e) {
      if (isSecret() && text.isPresent()) {
        // Neither the message nor the cause: a parser may repeat what it was given.
        throw new IllegalArgumentException("it cannot be understood" + hint());
      }
      throw e;
    }
  }

  private String hint() {
    return example == null ? "" : "; write it as in " + example;
  }

  /** The name: a declaration has no value that could be shown. */
  @Override
  public String toString() {
    return name;
  }

  /**
   * Describes a setting; ends with what holds if nobody sets it: {@link #required}, {@link
   * #optional} or {@link #defaultsTo}. Not safe for use by many threads.
   *
   * @param <T> what a value is read as
   */
  public static final class Builder<T> {
    private final String name;
    private final Function<String, T> parser;
    private String meaning = "";
    private @Nullable String example;
    private Visibility visibility = Visibility.PLAIN;

    private Builder(String name, Function<String, T> parser) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "\""
                + name
                + "\" is no name of a setting: it begins with \"autotls.\" and has small letters,"
                + " digits, single dots and single hyphens");
      }
      this.name = name;
      this.parser = Objects.requireNonNull(parser, "parser");
    }

    /**
     * Says what it is about, and what may be written: part of a sentence, for the tables of the
     * documentation and for the message that it is missing. Code stands in backticks.
     */
    public Builder<T> meaning(String meaning) {
      this.meaning = meaning.strip();
      return this;
    }

    /**
     * Shows a value as somebody might write it, for messages and documentation. Of a secret a
     * reference: <code>${file:/run/secrets/acme}</code>.
     */
    public Builder<T> example(String example) {
      this.example = example.strip();
      return this;
    }

    /** Keeps the value out of every message, log line and {@code toString}. Shown unless set. */
    public Builder<T> secret() {
      this.visibility = Visibility.SECRET;
      return this;
    }

    /** A setting without which the plug-in cannot be made. */
    public Setting<T> required() {
      return new Setting<>(
          this,
          Presence.REQUIRED,
          null,
          text ->
              parser.apply(text.orElseThrow(() -> new IllegalArgumentException("it is not set"))));
    }

    /** A setting that may be left out; its value is empty then. */
    public Setting<Optional<T>> optional() {
      return new Setting<>(this, Presence.OPTIONAL, null, text -> text.map(parser));
    }

    /**
     * A setting that has a value if nobody sets one.
     *
     * @param text the default as one would write it
     * @throws IllegalArgumentException if that cannot be understood, or if the setting is a secret
     */
    public Setting<T> defaultsTo(String text) {
      if (visibility == Visibility.SECRET) {
        throw new IllegalArgumentException(name + " is a secret, and its default would be none");
      }
      parser.apply(text);
      return new Setting<>(
          this, Presence.OPTIONAL, text, written -> parser.apply(written.orElse(text)));
    }
  }
}
