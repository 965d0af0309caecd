package io.autotls;

import io.autotls.internal.text.PlainText;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * Calls plug-ins at the start, and makes a sentence of what they throw: which one it was, what
 * happened and what to do, since whoever reads it may not know that there is one.
 */
final class PlugIns {
  private static final int LONGEST_FAILURE = 500;

  private PlugIns() {}

  /** Those of a kind that are on the class path. */
  static <T> List<T> installed(Class<T> type) {
    // The loader of this class sees what the application put beside it, whatever thread asks.
    ServiceLoader<T> loader = ServiceLoader.load(type, PlugIns.class.getClassLoader());
    List<T> all = new ArrayList<>();
    try {
      loader.forEach(all::add);
    } catch (ServiceConfigurationError | LinkageError e) {
      throw failed("A " + type.getSimpleName() + " on the class path cannot be loaded", e);
    }
    return all;
  }

  /**
   * Starts one.
   *
   * @param name what people call it
   */
  static void start(String name, Object plugIn, Runnable start) {
    create(
        name + " (" + plugIn.getClass().getName() + ") cannot be started",
        () -> {
          start.run();
          return plugIn;
        });
  }

  /**
   * Has one made by its factory, which refuses a wrong configuration by itself.
   *
   * @param name what people call it
   */
  static <T> T create(String name, Object factory, Supplier<T> create) {
    return create(name + " (" + factory.getClass().getName() + ") cannot be made", create);
  }

  private static <T> T create(String otherwise, Supplier<T> create) {
    try {
      return create.get();
    } catch (ConfigurationException e) {
      throw e;
    } catch (Throwable e) { // an Error too: a library of the plug-in may be missing
      throw failed(otherwise, e);
    }
  }

  private static ConfigurationException failed(String what, Throwable e) {
    String remedy =
        e instanceof LinkageError || e instanceof ServiceConfigurationError
            ? "see that all that it needs is on the class path, and that all parts of AutoTls have the"
                + " same version (autotls-bom)"
            : "look at its configuration; if that is right, report this to whoever made it, with the"
                + " stack trace of the cause";
    String failure = PlainText.line(e.toString(), LONGEST_FAILURE);
    return new ConfigurationException(
        what
            + ": "
            + failure
            + (failure.endsWith(".") ? "" : ".")
            + " Next: nothing was started. To do: "
            + remedy,
        e);
  }
}
