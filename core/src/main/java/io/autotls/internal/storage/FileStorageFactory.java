package io.autotls.internal.storage;

import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.storage.FileStorage;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** {@code file:folder}, relative to the working directory unless absolute. */
public final class FileStorageFactory implements StorageFactory {
  @Override
  public String scheme() {
    return "file";
  }

  @Override
  public Storage create(String location, SpiContext context) {
    String folder = location.strip();
    if (folder.isEmpty()) {
      throw new IllegalArgumentException(
          "file: needs a folder; write file:autotls, or file:/var/lib/autotls");
    }
    if (folder.startsWith("~")) {
      throw new IllegalArgumentException(
          "~ is known to shells only; write the whole path of the folder");
    }
    if (folder.startsWith("///")) {
      folder = folder.substring(2); // as in the URL file:///var/lib/autotls
    }
    try {
      return FileStorage.at(Path.of(folder));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "\"" + folder + "\" is not a path: " + e.getReason() + "; write file:autotls", e);
    }
  }
}
