package io.autotls.spi;

import java.util.concurrent.Executor;

/**
 * What a factory may know of the {@code AutoTls} that it works for. Good for as long as the factory
 * makes its plug-in; what that needs afterwards it is given.
 */
public interface SpiContext {
  /**
   * The value of a setting that the factory declares: from a system property, else from an
   * environment variable, else from the file, with <code>${env:…}</code> and <code>${file:…}</code>
   * replaced; else its default.
   *
   * <p>If it makes no sense, or is required and not set, this throws what the application gets to
   * see, with the name, where it was set and what is expected. Let that pass.
   *
   * @throws io.autotls.ConfigurationException if the value makes no sense, or is missing
   * @throws IllegalStateException if the factory does not declare it: a mistake of the plug-in
   */
  <T> T setting(Setting<T> setting);

  /** The time. What is scheduled ends with AutoTls. */
  TimeSource time();

  /**
   * Where work that takes a while is done, such as a call over the network: never on the timer's
   * thread. What has not begun when AutoTls is closed is dropped.
   */
  Executor executor();

  /** The port on which the application is to answer http: 80 unless set; 0 takes any. */
  int httpPort();
}
