package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.internal.storage.FileStorageFactory;
import io.autotls.internal.storage.MemoryStorageFactory;
import io.autotls.spi.SpiContext;
import io.autotls.spi.TimeSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StorageChoiceTest {
  private final StorageChoice choice =
      new StorageChoice(List.of(new FileStorageFactory(), new MemoryStorageFactory()));

  private String location(String setting) {
    return choice.of(setting, '/', new NoSettings()).location();
  }

  @ParameterizedTest
  @CsvSource({
    "/var/lib/autotls, file:/var/lib/autotls",
    "/srv/a:b, file:/srv/a:b",
    "FILE:/srv, file:/srv",
    "memory, memory:",
    "Memory:, memory:",
  })
  void aPathIsAFolder(String setting, String location) {
    assertThat(location(setting)).isEqualTo(location);
  }

  @ParameterizedTest
  @ValueSource(strings = {"certs", "./certs", "data/certs", "../data:certs"})
  void soIsAPathInTheWorkingDirectory(String setting) {
    assertThat(location(setting))
        .isEqualTo("file:" + Path.of(setting).toAbsolutePath().normalize());
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://10.0.0.1", "redis", "jdbc:h2:mem:x", "s3"})
  void aStoreThatIsNotThereIsNoFolder(String setting) {
    assertThatThrownBy(() -> location(setting))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("known are file:, memory:, and the path of a folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "file:", "~/autotls", "file://srv/autotls"})
  void whatLeadsNowhereIsRefused(String setting) {
    assertThatThrownBy(() -> location(setting))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("autotls.storage: ");
  }

  @Test
  void aPathThatLostItsBackslashesIsExplained() {
    assertThatThrownBy(() -> choice.of("C:autotls", '\\', new NoSettings()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a backslash is written twice");
    assertThatThrownBy(() -> location("C:/autotls"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a path of Windows");
  }

  private static final class NoSettings implements SpiContext {
    @Override
    public Optional<String> setting(String key) {
      return Optional.empty();
    }

    @Override
    public TimeSource time() {
      throw new UnsupportedOperationException("not needed");
    }
  }
}
