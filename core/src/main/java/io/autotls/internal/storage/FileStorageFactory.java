package io.autotls.internal.storage;

import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.storage.FileStorage;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Makes the store of {@code file:folder}. */
public final class FileStorageFactory implements StorageFactory {
  /** For {@link java.util.ServiceLoader}. */
  public FileStorageFactory() {}

  @Override
  public String scheme() {
    return "file";
  }

  @Override
  public Storage create(String location, SpiContext context) {
    String folder = location.startsWith("///") ? location.substring(2) : location;
    if (folder.isBlank()) {
      throw new IllegalArgumentException("file: needs a folder, for example file:autotls");
    }
    try {
      return FileStorage.at(Path.of(folder));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("\"" + folder + "\" is no path: " + e.getReason(), e);
    }
  }
}
