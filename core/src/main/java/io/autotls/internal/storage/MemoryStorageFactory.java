package io.autotls.internal.storage;

import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.storage.MemoryStorage;

/** {@code memory:} */
public final class MemoryStorageFactory implements StorageFactory {
  @Override
  public String scheme() {
    return "memory";
  }

  @Override
  public Storage create(String location, SpiContext context) {
    if (!location.isBlank()) {
      throw new IllegalArgumentException("nothing can stand after memory: ; write memory: alone");
    }
    return MemoryStorage.create();
  }
}
