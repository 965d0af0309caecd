package io.autotls.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.ConfigurationException;
import io.autotls.internal.storage.FileStorageFactory;
import io.autotls.internal.storage.MemoryStorageFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StorageChoiceTest {
  private static String location(String setting) {
    return location(setting, '/');
  }

  private static String location(String setting, char separator) {
    InstalledPlugIns installed =
        InstalledPlugIns.of(
            List.of(new FileStorageFactory(), new MemoryStorageFactory()), List.of(), List.of());
    return new StorageChoice(Sample.of(installed, Map.of("autotls.storage", setting)))
        .make(separator)
        .location();
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
    assertThatThrownBy(() -> location("C:autotls", '\\'))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a backslash is written twice");
    assertThatThrownBy(() -> location("C:/autotls"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a path of Windows");
  }
}
