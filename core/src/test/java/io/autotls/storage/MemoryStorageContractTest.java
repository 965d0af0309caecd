package io.autotls.storage;

import io.autotls.spi.Storage;
import io.autotls.testing.StorageContract;
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
