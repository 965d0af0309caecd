package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.internal.text.PlainText;
import java.util.ServiceConfigurationError;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Calls plug-ins at the start, and makes a sentence of what they throw: which one it was, what
 * happened and what to do, since whoever reads it may not know that there is one. What they say is
 * shown without the secrets that they were given.
 */
public final class PlugInCalls {
  private static final int LONGEST_FAILURE = 500;

  private final UnaryOperator<String> withoutSecrets;

  PlugInCalls(UnaryOperator<String> withoutSecrets) {
    this.withoutSecrets = withoutSecrets;
  }

  /** Calls of plug-ins that know the secrets of a configuration. */
  public PlugInCalls(Configuration configuration) {
    this(configuration::withoutSecrets);
  }

  /** Makes what a factory makes. A configuration that it refuses is told in its own words. */
  public <T> T create(PlugIn<?> plugIn, Supplier<T> create) {
    String name = sentence(plugIn.title()) + " (" + plugIn.factory().getClass().getName() + ")";
    return call(
        name + " cannot be made",
        () -> {
          try {
            return create.get();
          } catch (IllegalArgumentException e) {
            Throwable clean = clean(e);
            throw new ConfigurationException(plugIn.subject() + ": " + clean.getMessage(), clean);
          }
        });
  }

  /**
   * Starts a plug-in.
   *
   * @param name what people call it
   */
  public void start(String name, Object plugIn, Runnable start) {
    call(
        name + " (" + plugIn.getClass().getName() + ") cannot be started",
        () -> {
          start.run();
          return plugIn;
        });
  }

  /**
   * Has something of a plug-in made; {@code otherwise} says what could not be done if it throws.
   */
  <T> T call(String otherwise, Supplier<T> call) {
    try {
      return call.get();
    } catch (ConfigurationException e) {
      throw e;
    } catch (Throwable e) { // an Error too: a library of the plug-in may be missing
      throw failed(otherwise, e);
    }
  }

  private ConfigurationException failed(String what, Throwable e) {
    String remedy =
        e instanceof LinkageError || e instanceof ServiceConfigurationError
            ? "see that all that it needs is on the class path, and that all parts of AutoTls have the"
                + " same version (autotls-bom)"
            : "look at its configuration; if that is right, report this to whoever made it, with the"
                + " stack trace of the cause";
    Throwable clean = clean(e);
    String failure = PlainText.line(clean.toString(), LONGEST_FAILURE);
    return new ConfigurationException(
        what
            + ": "
            + failure
            + (failure.endsWith(".") ? "" : ".")
            + " Next: nothing was started. To do: "
            + remedy,
        clean);
  }

  /** The failure itself, unless it, or what caused it, tells a secret. */
  private Throwable clean(Throwable e) {
    for (Throwable one = e; one != null; one = one.getCause()) {
      if (!withoutSecrets.apply(one.toString()).equals(one.toString())) {
        return new CleanedFailure(e, withoutSecrets);
      }
    }
    return e;
  }

  /** Stands in for a failure whose texts tell a secret: the same stack trace, without that. */
  private static final class CleanedFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String text;

    private CleanedFailure(Throwable e, UnaryOperator<String> withoutSecrets) {
      super(withoutSecrets.apply(String.valueOf(e.getMessage())));
      this.text = withoutSecrets.apply(e.toString());
      setStackTrace(e.getStackTrace());
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
