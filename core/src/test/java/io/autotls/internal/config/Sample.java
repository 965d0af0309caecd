package io.autotls.internal.config;

import io.autotls.spi.TimeSource;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;

/** A configuration of system properties alone. */
final class Sample {
  private Sample() {}

  static Factories of(InstalledPlugIns installed, Map<String, String> properties) {
    return new Factories(
        installed, read(installed.declarations(), properties), TimeSource.system(), Runnable::run);
  }

  static Configuration read(Declarations declarations, Map<String, String> properties) {
    ClassLoader empty = new URLClassLoader(new URL[0], null);
    return Configuration.read(
        new Configuration.Sources(properties, Map.of(), Path.of("/no/such/folder"), empty),
        declarations,
        Map.of(),
        null);
  }
}
