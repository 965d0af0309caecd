package io.autotls.internal.config;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All that settings are read from. {@link #ofJvm} takes what this process has; tests hand in maps
 * and a folder of their own.
 *
 * @param code what was set in code, by key; before everything else
 * @param systemProperties system properties, of which those named {@code autotls.*} are read
 * @param environment environment variables
 * @param workingDirectory where {@code autotls.properties} is looked for, and what relative paths
 *     are relative to
 * @param resources opens a resource of the class path by name, or returns null
 */
public record Sources(
    Map<String, String> code,
    Map<String, String> systemProperties,
    Map<String, String> environment,
    Path workingDirectory,
    Function<String, @Nullable InputStream> resources) {
  public Sources {
    code = Map.copyOf(code);
    systemProperties = Map.copyOf(systemProperties);
    environment = Map.copyOf(environment);
  }

  /** What this process has, and what was set in code. */
  public static Sources ofJvm(Map<String, String> code) {
    Map<String, String> properties = new TreeMap<>();
    for (String name : System.getProperties().stringPropertyNames()) {
      String value = System.getProperty(name);
      if (value != null) { // removed meanwhile by another thread
        properties.put(name, value);
      }
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    ClassLoader classPath = loader != null ? loader : Sources.class.getClassLoader();
    return new Sources(
        code,
        properties,
        System.getenv(),
        Path.of("").toAbsolutePath(),
        classPath::getResourceAsStream);
  }

  @Override
  public String toString() {
    return "Sources[" + workingDirectory + "]"; // the maps hold secrets
  }
}
