package io.autotls.spi;

import java.util.Optional;

/** What a factory may know of the {@code AutoTls} that it works for. */
public interface SpiContext {
  /**
   * A setting by its full name, for example {@code autotls.http.port}, resolved by the precedence
   * of the configuration, with {@code ${env:…}} and {@code ${file:…}} already replaced.
   */
  Optional<String> setting(String key);

  /** The time, and the threads to work on. */
  TimeSource time();
}
