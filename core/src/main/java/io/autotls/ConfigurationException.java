package io.autotls;

/**
 * The configuration cannot work, whatever happens later: something is missing, misspelt or
 * contradicts itself. Thrown by {@link AutoTls#enable()}; the message says what is wrong, where it
 * was set, and what to write instead. Nothing was started.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception; the message must not hold a secret. */
  public ConfigurationException(String message) {
    super(sentence(message));
  }

  /** Creates the exception with its cause; neither may hold a secret. */
  public ConfigurationException(String message, Throwable cause) {
    super(sentence(message), cause);
  }

  private static String sentence(String message) {
    return message.endsWith(".") || message.endsWith("?") ? message : message + ".";
  }
}
