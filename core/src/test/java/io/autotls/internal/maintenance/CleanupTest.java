package io.autotls.internal.maintenance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.RecordCodec;
import io.autotls.internal.record.RecordStore;
import io.autotls.logging.LoggedLines;
import io.autotls.spi.Cancellable;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.StoredNames;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is cleaned up once a day, and what may lie in the way. */
class CleanupTest {
  private static final CertificateSpec OLD = CertificateSpec.of("old.example");
  private static final CertificateSpec OLDER = CertificateSpec.of("older.example");

  private final MemoryStorage store = MemoryStorage.create();
  private final Set<String> unreadable = new HashSet<>();
  private final Storage storage = new Unreadable();
  private final Clock time = new Clock();
  private final Cleanup cleanup =
      new Cleanup(new RecordStore(storage), time, Duration.ofDays(7), id -> false);
  private final LoggedLines log = new LoggedLines();

  @AfterEach
  void leaveTheLog() {
    log.close();
  }

  private void put(String key, byte[] value) throws IOException {
    store.write(Key.of(key), value, Version.NONE);
  }

  private void put(CertificateSpec spec) throws IOException {
    CertificateRecord record = CertificateRecord.first(time.instant());
    put(RecordStore.key(spec).name(), RecordCodec.encode(spec, record));
  }

  private List<String> keys() throws IOException {
    return StoredNames.of(store, "");
  }

  private void runForDays(int days) {
    for (int i = 0; i < days; i++) {
      time.pass(Duration.ofDays(1));
      cleanup.run();
    }
  }

  private void assertNamedOnce(String key) {
    assertThat(log.with(key + " ")).hasSize(1);
  }

  @Test
  @DisplayName("PD15: a record that cannot be read does not keep the others, and is named once")
  void oddRecordsDoNotKeepTheOthers() throws IOException {
    put("certificates/a-foreign-one", "dear diary".getBytes(UTF_8));
    put("certificates/an-empty-one", new byte[0]);
    put("certificates/an-unreadable-one", new byte[0]);
    put(OLD);
    put(OLDER);
    unreadable.add("certificates/an-unreadable-one");

    runForDays(75);

    assertThat(keys())
        .containsExactlyInAnyOrder(
            "certificates/a-foreign-one",
            "certificates/an-empty-one",
            "certificates/an-unreadable-one");
    keys().forEach(this::assertNamedOnce);
  }

  @Test
  void aStoreThatIsDownIsLeftAlone() throws IOException {
    for (int i = 0; i < 40; i++) {
      put("certificates/n" + i, new byte[0]);
      unreadable.add("certificates/n" + i);
    }

    runForDays(1);

    assertThat(log.with("certificates/n")).hasSize(10);
  }

  @Test
  void aClockThatIsYearsAheadDeletesNothingThatIsInUse() throws IOException {
    put(OLD);
    time.now = time.now.plus(Duration.ofDays(3650));

    for (int hour = 0; hour < 12; hour++) {
      time.pass(Duration.ofHours(1));
      cleanup.run();
    }

    assertThat(keys()).contains(RecordStore.key(OLD).name());
  }

  @Test
  void whatOthersWriteMeanwhileStaysWhateverTheClockSays() throws IOException {
    put(OLD);
    Instant right = time.now;
    time.now = time.now.plus(Duration.ofDays(3650));

    for (int day = 0; day < 90; day++) {
      time.pass(Duration.ofDays(1));
      cleanup.run();
      if (day % 20 == 0) {
        Entry entry = store.read(RecordStore.key(OLD)).orElseThrow();
        byte[] value = RecordCodec.encode(OLD, CertificateRecord.first(right));
        store.write(RecordStore.key(OLD), value, entry.version());
      }
    }

    assertThat(keys()).containsExactly(RecordStore.key(OLD).name());
  }

  /** A store in which some entries are beyond reading. */
  private final class Unreadable implements Storage {
    @Override
    public Optional<Entry> read(Key key) throws IOException {
      if (unreadable.contains(key.name())) {
        throw new IOException("bad sector");
      }
      return store.read(key);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return store.write(key, value, expected);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return store.delete(key, expected);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      return store.list(prefix);
    }

    @Override
    public String location() {
      return "memory:";
    }

    @Override
    public void close() {}
  }

  private static final class Clock implements TimeSource {
    private Instant now = Instant.parse("2026-11-24T00:00:00Z");
    private long nanos;

    @Override
    public Instant instant() {
      return now;
    }

    private void pass(Duration duration) {
      now = now.plus(duration);
      nanos += duration.toNanos();
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
      throw new AssertionError("the agenda does that");
    }
  }
}
