package io.autotls.testing;

import io.autotls.spi.Storage;
import io.autotls.spi.TombstoneStorage;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Nested;

/** Stores that keep half of the contract keep all of it with {@link TombstoneStorage}. */
class TombstoneStorageContractTest {
  private static Storage over(WeakStorage shared) {
    return TombstoneStorage.over(shared, new SecureRandom(), InstantSource.system());
  }

  @Nested
  class OverEtags extends StorageContract {
    private final WeakStorage bucket = WeakStorage.withEtags();

    @Override
    protected Storage open() {
      return over(bucket);
    }
  }

  @Nested
  class OverCountersThatRestart extends StorageContract {
    private final WeakStorage engine = WeakStorage.withCounters();

    @Override
    protected Storage open() {
      return over(engine);
    }
  }
}
