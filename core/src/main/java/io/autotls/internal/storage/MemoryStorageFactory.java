package io.autotls.internal.storage;

import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.storage.MemoryStorage;

/** Makes the store of {@code memory:}. */
public final class MemoryStorageFactory implements StorageFactory {
  /** For {@link java.util.ServiceLoader}. */
  public MemoryStorageFactory() {}

  @Override
  public String scheme() {
    return "memory";
  }

  @Override
  public Storage create(String location, SpiContext context) {
    if (!location.isBlank()) {
      throw new IllegalArgumentException("memory: takes nothing behind it");
    }
    return MemoryStorage.create();
  }
}
