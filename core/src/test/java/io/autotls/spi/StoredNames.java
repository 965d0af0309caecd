package io.autotls.spi;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The names of what is in a store, for tests. */
public final class StoredNames {
  private StoredNames() {}

  /** The names that begin with {@code prefix}, in no order. */
  public static List<String> of(Storage storage, String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    try (Listing entries = storage.list(KeyPrefix.of(prefix))) {
      while (entries.next()) {
        names.add(entries.entry().key().name());
      }
    }
    return names;
  }
}
