package io.autotls.spi;

import java.util.List;

/**
 * Makes the store for a value of {@code autotls.storage}: {@code scheme:rest}. Found by {@link
 * java.util.ServiceLoader}; a module names its factory in {@code module-info} and in {@code
 * META-INF/services}.
 */
public interface StorageFactory {
  /** The scheme before the first colon, in lower case, for example {@code file}. */
  String scheme();

  /**
   * The settings that it may ask {@link SpiContext#setting} for. Asked for at each start, also if
   * another store is used: whoever sets one of them there hears that it has no effect. None unless
   * overridden.
   */
  default List<Setting<?>> settings() {
    return List.of();
  }

  /**
   * Makes the store.
   *
   * @param location what stands after {@code scheme:}
   * @throws IllegalArgumentException if the location makes no sense, or the settings do not fit
   *     together; the message says why, and shows no secret
   */
  Storage create(String location, SpiContext context);
}
