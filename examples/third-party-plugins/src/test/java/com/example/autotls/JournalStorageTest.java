package com.example.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.example.autotls.JournalStorageFactory.Sync;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.testing.StorageContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalStorageTest extends StorageContract {
  private static final String PASSPHRASE = "s3cret-journal";

  @TempDir private Path folder;

  @Override
  protected Storage open() throws IOException {
    return open("contract");
  }

  /** One process has it at a time. */
  @Override
  protected Optional<Storage> openAgain() {
    return Optional.empty();
  }

  @Override
  protected Collection<String> secrets() {
    return List.of(PASSPHRASE);
  }

  private Storage open(String name) throws IOException {
    byte[] passphrase = PASSPHRASE.getBytes(StandardCharsets.UTF_8);
    return JournalStorage.open(folder.resolve(name), new Seal(passphrase), Sync.NEVER);
  }

  @Test
  void whatWasWrittenIsThereAfterARestartAndNoVersionComesBack() throws Exception {
    Version deleted;
    try (Storage journal = open("shop")) {
      journal.write(Key.of("a"), new byte[] {1}, Version.NONE);
      deleted = journal.write(Key.of("b"), new byte[0], Version.NONE);
      journal.delete(Key.of("b"), deleted);
    }
    Files.writeString(folder.resolve("shop"), "4 c =", StandardOpenOption.APPEND);

    try (Storage journal = open("shop")) {
      assertThat(journal.read(Key.of("a")).orElseThrow().value()).containsExactly(1);
      assertThat(journal.read(Key.of("b"))).isEmpty();
      assertThat(journal.write(Key.of("b"), new byte[0], Version.NONE)).isNotEqualTo(deleted);
    }
  }

  @Test
  void aLineOfSomebodyElseIsRefused() throws Exception {
    open("shop").close();
    Files.writeString(folder.resolve("shop"), "1 a =AQ== 00\n", StandardOpenOption.APPEND);

    assertThatIOException()
        .isThrownBy(() -> open("shop"))
        .withMessageContaining("autotls.storage.journal.passphrase");
  }

  @Test
  void twoUsersOfOneJournalAreOneTooMany() throws Exception {
    try (Storage journal = open("shop")) {
      assertThatIOException().isThrownBy(() -> open("shop")).withMessageContaining("uses it");
      assertThat(journal.location()).endsWith("shop");
    }
  }
}
