package io.autotls.spi;

/**
 * Makes the store for a value of {@code autotls.storage}: {@code scheme:rest}. Found by {@link
 * java.util.ServiceLoader}; a module names its factory in {@code module-info} and in {@code
 * META-INF/services}.
 */
public interface StorageFactory {
  /** The scheme before the first colon, in lower case, for example {@code file}. */
  String scheme();

  /**
   * Makes the store.
   *
   * @param location what stands after {@code scheme:}
   * @throws IllegalArgumentException if the location makes no sense; the message says why
   */
  Storage create(String location, SpiContext context);
}
