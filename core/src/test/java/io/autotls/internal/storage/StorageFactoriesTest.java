package io.autotls.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.autotls.spi.Setting;
import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.spi.TimeSource;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StorageFactoriesTest {
  @ParameterizedTest
  @CsvSource({
    "file:/var/lib/autotls, file:/var/lib/autotls",
    "file:///var/lib/autotls, file:/var/lib/autotls",
    "file://localhost/var/lib/autotls, file:/var/lib/autotls",
    "memory:, memory:",
  })
  void storesAreMadeByName(String setting, String location) {
    assertThat(create(setting).location()).isEqualTo(location);
  }

  @Test
  void relativeFoldersAreInTheWorkingDirectory() {
    assertThat(create("file:autotls").location())
        .isEqualTo("file:" + Path.of("autotls").toAbsolutePath());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:",
        "file: ",
        "file:~/autotls",
        "file://srv/autotls",
        "file:a\0b",
        "memory:here"
      })
  void locationsThatMakeNoSenseAreExplained(String setting) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> create(setting))
        .withMessageContaining("write ");
  }

  private static Storage create(String setting) {
    String scheme = setting.substring(0, setting.indexOf(':'));
    StorageFactory factory =
        ServiceLoader.load(StorageFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.scheme().equals(scheme))
            .findFirst()
            .orElseThrow();
    return factory.create(setting.substring(setting.indexOf(':') + 1), new NoSettings());
  }

  private static final class NoSettings implements SpiContext {
    @Override
    public <T> T setting(Setting<T> setting) {
      return setting.read(Optional.empty());
    }

    @Override
    public int httpPort() {
      return 80;
    }

    @Override
    public TimeSource time() {
      throw new UnsupportedOperationException("not needed");
    }

    @Override
    public Executor executor() {
      throw new UnsupportedOperationException("not needed");
    }
  }
}
