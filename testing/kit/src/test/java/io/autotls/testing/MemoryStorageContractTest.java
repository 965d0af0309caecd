package io.autotls.testing;

import io.autotls.spi.Storage;
import io.autotls.storage.MemoryStorage;
import java.util.Optional;

class MemoryStorageContractTest extends StorageContract {
  @Override
  protected Storage open() {
    return MemoryStorage.create();
  }

  @Override
  protected Optional<Storage> openAgain() {
    return Optional.empty();
  }
}
