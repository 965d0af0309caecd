package io.autotls.internal.storage;

import io.autotls.spi.Setting;
import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.storage.FileStorage;
import io.autotls.storage.OpenFolder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** {@code file:folder}, relative to the working directory unless absolute. */
public final class FileStorageFactory implements StorageFactory {
  private static final Setting<OpenFolder> OPEN_FOLDER =
      Setting.choice("autotls.storage.open-folder", OpenFolder.class)
          .meaning(
              "`refuse`: a folder in which other users can put files is not used. `warn`: it is,"
                  + " with a warning")
          .example("warn")
          .defaultsTo("refuse");

  private static final Pattern WINDOWS_PATH = Pattern.compile("/[A-Za-z]:[/\\\\].*");

  @Override
  public String scheme() {
    return "file";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(OPEN_FOLDER);
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
    if (folder.startsWith("//")) {
      folder = ofUrl(folder);
    }
    try {
      return FileStorage.at(Path.of(folder), context.setting(OPEN_FOLDER));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "\"" + folder + "\" is not a path: " + e.getReason() + "; write file:autotls", e);
    }
  }

  /** The folder of a URL: {@code file:///var/lib/autotls}, {@code file:///C:/autotls}. */
  private static String ofUrl(String folder) {
    String path = folder.startsWith("//localhost/") ? folder.substring(11) : folder.substring(2);
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException(
          "in file:"
              + folder
              + " the first part is a host; write file:"
              + path
              + " for a folder in the working directory, or file:/"
              + path);
    }
    return WINDOWS_PATH.matcher(path).matches() ? path.substring(1) : path;
  }
}
