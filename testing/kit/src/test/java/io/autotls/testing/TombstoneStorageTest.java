package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.TombstoneStorage;
import io.autotls.spi.Version;
import io.autotls.spi.VersionedValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@link TombstoneStorage} does beyond the contract: its tombstones, and their end. */
class TombstoneStorageTest {
  private static final Key KEY = Key.of("a/b");

  private final WeakStorage bucket = WeakStorage.withEtags();
  private final SecureRandom random = new SecureRandom();
  private Instant now = Instant.parse("2026-11-29T00:00:00Z");
  private final InstantSource clock = () -> now;
  private final Storage storage = TombstoneStorage.over(bucket, random, clock);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void deleteEntry() throws IOException {
    Version version = storage.write(KEY, bytes("value"), Version.NONE);
    storage.delete(KEY, version);
  }

  private int listed(Storage from) throws IOException {
    int count = 0;
    try (Listing entries = from.list(KeyPrefix.ALL)) {
      while (entries.next()) {
        count++;
      }
    }
    return count;
  }

  @Test
  void withoutItTheVersionsOfSuchAStoreComeBack() throws IOException {
    Version first = bucket.write(KEY, bytes("value"), Version.NONE);
    bucket.delete(KEY, Version.NONE);

    assertThat(bucket.write(KEY, bytes("value"), Version.NONE)).isEqualTo(first);
  }

  @Test
  void aDeletedEntryLeavesATombstoneThatMayBeWrittenOver() throws IOException {
    deleteEntry();

    assertThat(bucket.raw(KEY).orElseThrow()).asString().startsWith("AutoTls tombstone ");
    assertThat(bucket.deletes()).isZero();
    storage.write(KEY, bytes("again"), Version.NONE);
    assertThat(storage.read(KEY).orElseThrow().value()).asString().isEqualTo("again");
  }

  @Test
  void peopleCanReadAValueInTheStore() throws IOException {
    storage.write(KEY, bytes("-----BEGIN"), Version.NONE);

    assertThat(bucket.raw(KEY).orElseThrow())
        .asString()
        .matches("AutoTls value [0-9a-f]{32}\n-----BEGIN");
  }

  @Test
  void whatSomebodyElseWroteIsAnEntry() throws IOException {
    bucket.write(KEY, bytes("by a person"), Version.NONE);

    Entry entry = storage.read(KEY).orElseThrow();

    assertThat(entry.value()).asString().isEqualTo("by a person");
    storage.write(KEY, bytes("by us"), entry.version());
    assertThatThrownBy(() -> storage.write(KEY, bytes("late"), entry.version()))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void aListingRemovesTombstonesThatAreAnHourOld() throws IOException {
    deleteEntry();

    now = now.plus(Duration.ofMinutes(59));
    assertThat(listed(storage)).isZero();
    assertThat(listed(bucket)).isEqualTo(1);

    now = now.plus(Duration.ofMinutes(1));
    assertThat(listed(storage)).isZero();
    assertThat(listed(bucket)).isZero();
  }

  @Test
  void aTombstoneFromTheFutureIsLeftAlone() throws IOException {
    deleteEntry();

    now = now.minus(Duration.ofDays(3650));

    assertThat(listed(storage)).isZero();
    assertThat(bucket.deletes()).isZero();
  }

  @Test
  void nobodyWritesOverATombstoneThatIsBeingRemoved() throws IOException {
    deleteEntry();
    now = now.plus(Duration.ofHours(1));
    Storage dying = TombstoneStorage.over(new DiesBeforeDelete(bucket), random, clock);
    listed(dying);
    assertThat(bucket.raw(KEY).orElseThrow()).asString().startsWith("AutoTls removal ");

    assertThatThrownBy(() -> storage.write(KEY, bytes("new"), Version.NONE))
        .isInstanceOf(ConflictException.class);

    now = now.plus(Duration.ofMinutes(10));
    storage.write(KEY, bytes("new"), Version.NONE);
    assertThat(storage.read(KEY)).isPresent();
  }

  @Test
  void whoWasPausedRemovesNothingAnyMore() throws IOException {
    deleteEntry();
    now = now.plus(Duration.ofHours(1));
    Storage paused = TombstoneStorage.over(new PausesAfterWrite(bucket), random, clock);

    listed(paused);

    assertThat(bucket.deletes()).isZero();
    now = now.plus(Duration.ofHours(1));
    listed(storage);
    assertThat(bucket.deletes()).isEqualTo(1);
  }

  @Test
  void whoMayNotRemoveListsNevertheless() throws IOException {
    storage.write(Key.of("c"), bytes("value"), Version.NONE);
    deleteEntry();
    now = now.plus(Duration.ofHours(1));
    Storage readOnly = TombstoneStorage.over(new ReadOnly(bucket), random, clock);

    assertThat(listed(readOnly)).isEqualTo(1);
  }

  @Test
  void aListingTellsVersionsAlthoughTheStoreBelowCannot() throws IOException {
    Version version = storage.write(KEY, bytes("value"), Version.NONE);

    try (Listing entries = storage.list(KeyPrefix.ALL)) {
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry()).extracting(EntryInfo::version).isEqualTo(Optional.of(version));
    }
  }

  @Test
  void noValueIsInAString() {
    VersionedValue value = VersionedValue.of(bytes("secret"), random);

    assertThat(value.toString()).doesNotContain("secret").contains("6 bytes");
  }

  /** The node ends between its last two calls. */
  private static final class DiesBeforeDelete extends Below {
    private DiesBeforeDelete(Storage below) {
      super(below);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      throw new IOException("the process has ended");
    }
  }

  private final class PausesAfterWrite extends Below {
    private PausesAfterWrite(Storage below) {
      super(below);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      Version version = super.write(key, value, expected);
      now = now.plus(Duration.ofMinutes(5));
      return version;
    }
  }

  private static final class ReadOnly extends Below {
    private ReadOnly(Storage below) {
      super(below);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      throw new IOException("permission denied");
    }
  }

  private abstract static class Below implements Storage {
    private final Storage below;

    private Below(Storage below) {
      this.below = below;
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      return below.read(key);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return below.write(key, value, expected);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return below.delete(key, expected);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      return below.list(prefix);
    }

    @Override
    public String location() {
      return below.location();
    }

    @Override
    public void close() {}
  }
}
