package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.KeyType;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says: system properties before environment variables before the file
 * {@code autotls.properties}. Immutable; {@link #toString()} shows no values, which may be secrets.
 */
public final class Settings {
  private static final String FILE = "autotls.properties";
  private static final String PREFIX = "autotls.";
  private static final String ENVIRONMENT_PREFIX = "AUTOTLS_";
  private static final long MAX_BYTES = 64 * 1024;
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");

  private final Map<String, Value> values;

  /** A value and where it was set, for messages. */
  private record Value(String text, String source) {
    @Override
    public String toString() {
      return "Value from " + source;
    }
  }

  private Settings(Map<String, Value> values) {
    this.values = Map.copyOf(values);
  }

  /**
   * Where settings are looked for.
   *
   * @param folder where {@code autotls.properties} is looked for first; then on the class path
   */
  public record Sources(
      Map<String, String> systemProperties,
      Map<String, String> environment,
      Path folder,
      ClassLoader classPath) {
    /** Those of this process. */
    public static Sources ofProcess() {
      Map<String, String> properties = new HashMap<>();
      Properties system = System.getProperties();
      system.stringPropertyNames().forEach(name -> properties.put(name, system.getProperty(name)));
      ClassLoader context = Thread.currentThread().getContextClassLoader();
      return new Sources(
          properties,
          System.getenv(),
          Path.of(""),
          context == null ? Settings.class.getClassLoader() : context);
    }
  }

  /**
   * Reads all sources.
   *
   * @param file the file to read in place of {@code autotls.properties}; null for that one, if it
   *     is there
   * @throws ConfigurationException if a key is not known, or a reference leads nowhere
   */
  public static Settings read(Sources sources, @Nullable Path file) {
    Map<String, Value> values = new HashMap<>();
    Map<String, Value> before = new HashMap<>();
    addProperties(before, sources.systemProperties(), "the system property ");
    addEnvironment(before, sources.environment());
    addFile(values, sources, file(before, file));
    addEnvironment(values, sources.environment());
    addProperties(values, sources.systemProperties(), "the system property ");
    values.replaceAll((key, value) -> resolve(key, value, sources.environment()));
    return new Settings(values);
  }

  private static @Nullable Path file(Map<String, Value> values, @Nullable Path file) {
    Value configured = values.get(KnownKeys.CONFIG);
    return file != null || configured == null ? file : Path.of(configured.text());
  }

  private static void addProperties(
      Map<String, Value> values, Map<String, String> properties, String source) {
    properties.forEach(
        (key, text) -> {
          if (key.startsWith(PREFIX)) {
            add(values, key, text, source + key);
          }
        });
  }

  private static void addEnvironment(Map<String, Value> values, Map<String, String> environment) {
    environment.forEach(
        (name, text) -> {
          if (name.startsWith(ENVIRONMENT_PREFIX) && !KnownKeys.isForTests(name)) {
            String key =
                KnownKeys.ALL.stream()
                    .filter(known -> KnownKeys.environmentName(known).equals(name))
                    .findFirst()
                    .orElseThrow(() -> unknownVariable(name));
            add(values, key, text, "the environment variable " + name);
          }
        });
  }

  private static ConfigurationException unknownVariable(String name) {
    String guess =
        KnownKeys.environmentName(
            KnownKeys.nearest(name.toLowerCase(java.util.Locale.ROOT).replace('_', '.')));
    return new ConfigurationException(
        "the environment variable "
            + name
            + " means nothing to AutoTls; did you mean "
            + guess
            + "?");
  }

  private static void add(Map<String, Value> values, String key, String text, String source) {
    if (!KnownKeys.ALL.contains(key)) {
      throw new ConfigurationException(
          key
              + ", set by "
              + source
              + ", means nothing to AutoTls; did you mean "
              + KnownKeys.nearest(key)
              + "?");
    }
    values.put(key, new Value(text.strip(), source));
  }

  private static void addFile(Map<String, Value> values, Sources sources, @Nullable Path named) {
    Path file = named == null ? sources.folder().resolve(FILE) : named;
    Properties properties = new Properties();
    String source;
    try {
      if (named != null || Files.exists(file)) {
        source = file.toString();
        properties.load(new StringReader(readBounded(file)));
      } else {
        source = FILE + " on the class path";
        loadFromClassPath(properties, sources.classPath());
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException("cannot read the configuration " + file + ": " + e, e);
    }
    for (String key : properties.stringPropertyNames()) {
      add(values, key, properties.getProperty(key), source);
    }
  }

  private static void loadFromClassPath(Properties properties, ClassLoader classPath)
      throws IOException {
    try (InputStream in = classPath.getResourceAsStream(FILE)) {
      if (in != null) {
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
        properties.load(reader);
      }
    }
  }

  /** Replaces {@code ${env:NAME}} and {@code ${file:/run/secrets/token}}. */
  private static Value resolve(String key, Value value, Map<String, String> environment) {
    Matcher reference = REFERENCE.matcher(value.text());
    StringBuilder text = new StringBuilder();
    while (reference.find()) {
      String target = reference.group(2);
      String replacement =
          reference.group(1).equals("env")
              ? environmentValue(key, target, environment)
              : fileContent(key, target);
      reference.appendReplacement(text, Matcher.quoteReplacement(replacement));
    }
    return new Value(reference.appendTail(text).toString(), value.source());
  }

  private static String environmentValue(String key, String name, Map<String, String> environment) {
    String found = environment.get(name);
    if (found == null) {
      throw new ConfigurationException(
          key + " takes its value from the environment variable " + name + ", which is not set");
    }
    return found;
  }

  private static String fileContent(String key, String file) {
    try {
      return readBounded(Path.of(file)).stripTrailing();
    } catch (IOException e) {
      throw new ConfigurationException(
          key + " takes its value from the file " + file + ", which cannot be read: " + e, e);
    }
  }

  private static String readBounded(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is larger than 64 KiB");
    }
    return Files.readString(file);
  }

  /** The text of a setting; empty if it is not set, or set to nothing. */
  public Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key)).map(Value::text).filter(text -> !text.isEmpty());
  }

  /** A setting that is {@code true} or {@code false}; false if it is not set. */
  public boolean isTrue(String key) {
    String text = get(key).orElse("false");
    if (!text.equals("true") && !text.equals("false")) {
      throw wrong(key, "is either true or false");
    }
    return text.equals("true");
  }

  /** A setting that is a port. */
  public int port(String key, int otherwise) {
    String text = get(key).orElse(Integer.toString(otherwise));
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65535) {
      throw wrong(key, "is a port, from 0 (any) to 65535");
    }
    return Integer.parseInt(text);
  }

  /** A setting that is a time span which is not negative, in the notation of ISO 8601. */
  public Duration duration(String key, Duration otherwise) {
    try {
      Duration duration = get(key).map(Duration::parse).orElse(otherwise);
      if (!duration.isNegative()) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      // Refused below, as what is negative is: the message of the parser does not help.
    }
    throw wrong(key, "is a duration that is not negative, such as P7D (days) or PT12H (hours)");
  }

  /** A setting that is a list, separated by commas. */
  public List<String> list(String key) {
    return split(get(key).orElse(""), ",");
  }

  /** The kinds of key that are wanted, in order; empty if nothing is said. */
  public List<KeyType> keyTypes() {
    try {
      return list("autotls.key-type").stream().map(KeyType::ofConfigName).toList();
    } catch (IllegalArgumentException e) {
      throw wrong("autotls.key-type", "is wrong: " + e.getMessage());
    }
  }

  /** The names of each certificate that is wanted. */
  public List<List<String>> domains() {
    return split(get("autotls.domains").orElse(""), ";").stream()
        .map(names -> split(names, ","))
        .filter(names -> !names.isEmpty())
        .toList();
  }

  /** What is wrong with a setting, and where it was set. */
  public ConfigurationException wrong(String key, String what) {
    Value value = values.get(key);
    String source = value == null ? "" : " (set by " + value.source() + ")";
    return new ConfigurationException(key + source + " " + what);
  }

  private static List<String> split(String text, String separator) {
    return Arrays.stream(text.split(separator))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  @Override
  public String toString() {
    return "Settings" + values.keySet();
  }
}
