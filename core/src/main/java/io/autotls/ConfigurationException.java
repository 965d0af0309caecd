package io.autotls;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configuration cannot work as it stands: a key that nobody knows, a value that makes no sense,
 * something required that is not there. Trying again does not help; somebody has to change a
 * setting.
 *
 * <p>The message says what is wrong, where it was set, and what to write instead; the same facts
 * are there as accessors. Values that may be secret are in none of them.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String key;
  private final @Nullable String source;
  private final String problem;
  private final String remedy;

  /**
   * Reports a problem that belongs to no single setting.
   *
   * @param problem what is wrong: {@code no names are configured}
   * @param remedy what to do: {@code set autotls.domains}
   */
  public ConfigurationException(String problem, String remedy) {
    this(null, null, problem, remedy, null);
  }

  /**
   * Reports a problem with one setting.
   *
   * @param key the setting, for example {@code autotls.http.port}
   * @param source where it was set, for example {@code environment variable AUTOTLS_HTTP_PORT}
   * @param problem what is wrong
   * @param remedy what to write instead
   */
  public ConfigurationException(String key, String source, String problem, String remedy) {
    this(key, source, problem, remedy, null);
  }

  /** Reports a problem with one setting that another exception brought to light. */
  public ConfigurationException(
      @Nullable String key,
      @Nullable String source,
      String problem,
      String remedy,
      @Nullable Throwable cause) {
    super(message(key, source, problem, remedy), cause);
    this.key = key;
    this.source = source;
    this.problem = problem;
    this.remedy = remedy;
  }

  /** The setting that is wrong, if it is a single one. */
  public Optional<String> key() {
    return Optional.ofNullable(key);
  }

  /** Where that setting comes from: code, a system property, an environment variable, a file. */
  public Optional<String> source() {
    return Optional.ofNullable(source);
  }

  /** What is wrong. */
  public String problem() {
    return problem;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }

  private static String message(
      @Nullable String key, @Nullable String source, String problem, String remedy) {
    StringBuilder message = new StringBuilder();
    if (key != null) {
      message.append(key);
      message.append(source == null ? ": " : " (" + source + "): ");
    }
    return message.append(problem).append(". To do: ").append(remedy).append('.').toString();
  }
}
