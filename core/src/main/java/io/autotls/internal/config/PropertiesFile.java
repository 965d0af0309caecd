package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The values of {@code autotls.properties}, and where that file was found. */
final class PropertiesFile {
  private static final String NAME = "autotls.properties";
  private static final int MAX_BYTES = 1024 * 1024;
  private static final PropertiesFile NONE = new PropertiesFile("", Map.of());

  private final String location;
  private final Map<String, String> values;

  private PropertiesFile(String location, Map<String, String> values) {
    this.location = location;
    this.values = Map.copyOf(values);
  }

  String location() {
    return location;
  }

  Map<String, String> values() {
    return values;
  }

  /**
   * Reads the file that {@code explicit} names, or else the one in the working directory, or else
   * the one on the class path; a file that nobody asked for need not be there.
   */
  static PropertiesFile load(Sources sources, Optional<Setting> explicit) {
    if (explicit.isPresent()) {
      return at(explicit.get());
    }
    Path inWorkingDirectory = sources.workingDirectory().resolve(NAME);
    if (Files.exists(inWorkingDirectory)) {
      return read(inWorkingDirectory.toString(), () -> Files.newInputStream(inWorkingDirectory));
    }
    try (@Nullable InputStream resource = sources.resources().apply(NAME)) {
      return resource == null ? NONE : read(NAME + " on the class path", () -> resource);
    } catch (IOException e) {
      throw unreadable(NAME + " on the class path", e);
    }
  }

  private static PropertiesFile at(Setting setting) {
    Path path = setting.asPath();
    try {
      return read(path.toString(), () -> Files.newInputStream(path));
    } catch (MissingException e) {
      throw setting.invalid(
          "there is no file " + path, "create it, or let autotls.config point to one that exists");
    }
  }

  private static PropertiesFile read(String location, Opening opening) {
    byte[] content;
    try (InputStream in = opening.open()) {
      content = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new MissingException(e);
    } catch (IOException e) {
      throw unreadable(location, e);
    }
    if (content.length > MAX_BYTES) {
      throw new ConfigurationException(
          location + " is larger than 1 MiB", "point autotls.config to a file of settings");
    }
    return new PropertiesFile(location, parse(location, content));
  }

  private static Map<String, String> parse(String location, byte[] content) {
    UniqueProperties properties = new UniqueProperties();
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      properties.load(new StringReader(text.startsWith("\ufeff") ? text.substring(1) : text));
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(location + " is not UTF-8", "convert the file to UTF-8");
    } catch (IOException | IllegalArgumentException e) {
      // Properties complains of a malformed \\uXXXX so; its message does not repeat the line.
      throw new ConfigurationException(
          location + " is not a properties file: a \\u is not followed by four hexadecimal digits",
          "write \\\\ for a backslash");
    }
    if (!properties.repeated.isEmpty()) {
      throw new ConfigurationException(
          properties.repeated.first(),
          location,
          "the key is there twice in this file",
          "remove one of the two lines");
    }
    Map<String, String> values = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
    return values;
  }

  private static ConfigurationException unreadable(String location, IOException e) {
    return new ConfigurationException(
        null,
        null,
        location + " cannot be read (" + e.getClass().getSimpleName() + ")",
        "let user " + System.getProperty("user.name") + " read it",
        e);
  }

  @FunctionalInterface
  private interface Opening {
    InputStream open() throws IOException;
  }

  private static final class MissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MissingException(NoSuchFileException cause) {
      super(cause);
    }
  }

  /** Notices keys that are there twice, where {@link Properties} keeps the last one in silence. */
  private static final class UniqueProperties extends Properties {
    private static final long serialVersionUID = 1L;

    private final TreeSet<String> repeated = new TreeSet<>();

    @Override
    public synchronized @Nullable Object put(Object key, Object value) {
      Object previous = super.put(key, value);
      if (previous != null) {
        repeated.add((String) key);
      }
      return previous;
    }
  }
}
