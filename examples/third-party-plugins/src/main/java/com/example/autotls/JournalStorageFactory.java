package com.example.autotls;

import io.autotls.spi.Setting;
import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** {@code autotls.storage=journal:/var/lib/shop.journal} */
public final class JournalStorageFactory implements StorageFactory {
  static final Setting<String> PASSPHRASE =
      Setting.text("autotls.storage.journal.passphrase")
          .meaning("what the lines of the journal are sealed with, against changes by others")
          .example("${file:/run/secrets/journal}")
          .secret()
          .required();

  private static final Setting<Sync> SYNC =
      Setting.choice("autotls.storage.journal.sync", Sync.class)
          .meaning(
              "`always`: a write survives a power cut. `never`: it survives the end of the process"
                  + " only")
          .defaultsTo("always");

  /** When a write goes through to the disk. */
  enum Sync {
    ALWAYS,
    NEVER
  }

  /** For {@link java.util.ServiceLoader}. */
  public JournalStorageFactory() {}

  @Override
  public String scheme() {
    return "journal";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(PASSPHRASE, SYNC);
  }

  @Override
  public Storage create(String location, SpiContext context) {
    byte[] passphrase = context.setting(PASSPHRASE).getBytes(StandardCharsets.UTF_8);
    Sync sync = context.setting(SYNC);
    if (location.isBlank()) {
      throw new IllegalArgumentException(
          "journal: needs a file; write journal:/var/lib/shop.journal");
    }
    try {
      return JournalStorage.open(Path.of(location), new Seal(passphrase), sync);
    } catch (InvalidPathException | IOException e) {
      throw new IllegalArgumentException(
          "the journal " + location + " cannot be opened: " + e.getMessage(), e);
    }
  }
}
