package io.autotls.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DeadlineStorageTest {
  private static final Key KEY = Key.of("a/b");
  private static final byte[] VALUE = {1};

  private final MemoryStorage memory = MemoryStorage.create();
  private final HangingStorage hanging = new HangingStorage(memory);
  private final Semaphore returned = new Semaphore(0);
  private final Storage patient = over(hanging, Duration.ofMinutes(1));
  private final Storage hasty = over(hanging, Duration.ofMillis(100));

  private Storage over(Storage storage, Duration deadline) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(0, 64, 1, TimeUnit.MINUTES, new SynchronousQueue<>()) {
          @Override
          protected void afterExecute(Runnable call, Throwable thrown) {
            returned.release();
          }
        };
    return new DeadlineStorage(storage, deadline, threads);
  }

  @AfterEach
  void letGo() {
    hanging.comesBack();
    patient.close();
    hasty.close();
  }

  @Test
  void whatAStoreAnswersInTimeIsPassedOn() throws IOException {
    Version version = patient.write(KEY, VALUE, Version.NONE);

    assertThat(patient.read(KEY)).get().extracting(Entry::version).isEqualTo(version);
    assertThat(StoredNames.of(patient, "a/")).containsExactly("a/b");
    assertThatThrownBy(() -> patient.write(KEY, VALUE, Version.NONE))
        .isInstanceOf(ConflictException.class);
    assertThat(patient.delete(KEY, version)).isTrue();
    assertThat(patient.location()).isEqualTo("memory:");
  }

  @Test
  void nobodyWaitsForAStoreThatHangs() {
    hanging.hangs();

    assertThatThrownBy(() -> hasty.read(KEY))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it did not read a/b within");
    assertThatThrownBy(() -> hasty.write(KEY, VALUE, Version.NONE)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> hasty.list(KeyPrefix.ALL)).isInstanceOf(IOException.class);
  }

  @Test
  void whileManyCallsHangFurtherOnesFailAtOnce() throws Exception {
    hanging.hangs();
    for (int i = 0; i < 8; i++) {
      assertThatThrownBy(() -> hasty.read(KEY)).hasMessageContaining("within");
    }
    int asked = hanging.asked();

    assertThatThrownBy(() -> hasty.read(KEY)).hasMessageContaining("8 calls have not come back");
    assertThat(hanging.asked()).isEqualTo(asked);
  }

  @Test
  void aStoreThatWorksAgainIsAskedAgain() throws Exception {
    hanging.hangs();
    for (int i = 0; i < 8; i++) {
      assertThatThrownBy(() -> hasty.read(KEY)).isInstanceOf(IOException.class);
    }

    hanging.comesBack();
    returned.acquire(8);

    assertThat(hasty.read(KEY)).isEmpty();
  }

  @Test
  void aListingThatHangsIsGivenUpAndClosedWhenItComesBack() throws Exception {
    memory.write(KEY, VALUE, Version.NONE);
    Listing entries = over(hanging, Duration.ofSeconds(2)).list(KeyPrefix.ALL);
    hanging.hangs();

    assertThatThrownBy(entries::next).hasMessageContaining("it did not list");
    assertThatThrownBy(entries::next).hasMessageContaining("given up");
    entries.close();
    assertThat(hanging.closedListings().getCount()).isEqualTo(1);

    hanging.comesBack();
    assertThat(hanging.closedListings().await(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void whoIsInterruptedWaitsNoLonger() throws Exception {
    hanging.hangs();
    FutureTask<Throwable> reader =
        new FutureTask<>(
            () -> {
              try {
                patient.read(KEY);
                return new AssertionError("it was read");
              } catch (IOException e) {
                return e;
              }
            });
    Thread thread = new Thread(reader);
    thread.start();
    hanging.awaitInside();

    thread.interrupt();

    assertThat(reader.get(1, TimeUnit.MINUTES)).isInstanceOf(InterruptedIOException.class);
  }
}
