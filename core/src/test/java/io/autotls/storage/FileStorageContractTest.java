package io.autotls.storage;

import io.autotls.spi.Storage;
import io.autotls.testing.StorageContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileStorageContractTest extends StorageContract {
  @TempDir private Path folder;

  @Override
  protected Storage open() {
    return FileStorage.at(folder.resolve("autotls"));
  }
}
