package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.KeyType;
import io.autotls.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
    if (file != null || configured == null || configured.text().isEmpty()) {
      return file;
    }
    return path(KnownKeys.CONFIG, configured.text());
  }

  private static Path path(String key, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new ConfigurationException(
          key + " names a file, and \"" + text + "\" is no path: " + e.getReason(), e);
    }
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
          if (name.startsWith(ENVIRONMENT_PREFIX) && !isForeign(name, text)) {
            String key =
                KnownKeys.ALL.stream()
                    .filter(known -> KnownKeys.environmentName(known).equals(name))
                    .findFirst()
                    .orElseThrow(() -> unknownVariable(name));
            add(values, key, text, "the environment variable " + name);
          }
        });
  }

  /** What begins as a setting does, and is none. */
  private static boolean isForeign(String name, String text) {
    return KnownKeys.isForTests(name) || ServiceLinks.isOne(name, text);
  }

  private static ConfigurationException unknownVariable(String name) {
    String guess =
        KnownKeys.environmentName(
            KnownKeys.nearest(name.toLowerCase(Locale.ROOT).replace('_', '.')));
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
    values.put(key, new Value(Notation.bare(text), source));
  }

  private static void addFile(Map<String, Value> values, Sources sources, @Nullable Path named) {
    Path file = named == null ? sources.folder().resolve(FILE) : named;
    Properties properties;
    String source = file.toString();
    try {
      if (named != null || Files.exists(file)) {
        properties = ConfigurationFile.properties(ConfigurationFile.read(file), source);
      } else {
        source = FILE + " on the class path";
        properties = fromClassPath(sources.classPath());
      }
    } catch (IOException e) {
      throw new ConfigurationException(
          "cannot read the configuration " + source + ": " + e.getMessage(), e);
    }
    for (String key : properties.stringPropertyNames()) {
      add(values, key, properties.getProperty(key), source);
    }
  }

  private static Properties fromClassPath(ClassLoader classPath) throws IOException {
    try (InputStream in = classPath.getResourceAsStream(FILE)) {
      return ConfigurationFile.properties(in == null ? "" : ConfigurationFile.read(in), FILE);
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
      return ConfigurationFile.read(path(key, file)).stripTrailing();
    } catch (IOException e) {
      throw new ConfigurationException(
          key
              + " takes its value from the file "
              + file
              + ", which cannot be read: "
              + e.getMessage(),
          e);
    }
  }

  /** The text of a setting; empty if it is not set, or set to nothing. */
  public Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key)).map(Value::text).filter(text -> !text.isEmpty());
  }

  /** A setting that is true or false, in the ways in which people write that; false if unset. */
  public boolean isTrue(String key) {
    return get(key)
        .map(text -> Notation.truth(text).orElseThrow(() -> wrong(key, "is either true or false")))
        .orElse(false);
  }

  /**
   * A setting by which a person agrees to something: {@code true}, in any case, and nothing else.
   * What might be meant so is refused, for agreeing is not guessed.
   */
  public boolean isAgreed(String key) {
    return get(key)
        .map(
            text ->
                switch (text.toLowerCase(Locale.ROOT)) {
                  case "true" -> true;
                  case "false" -> false;
                  default ->
                      throw wrong(key, "is either true or false; whoever agrees writes true");
                })
        .orElse(false);
  }

  /** A setting that is a port. */
  public int port(String key, int otherwise) {
    return get(key)
        .map(
            text ->
                Notation.port(text)
                    .orElseThrow(() -> wrong(key, "is a port, from 0 (any) to 65535")))
        .orElse(otherwise);
  }

  /** A setting that is a time span which is not negative. */
  public Duration duration(String key, Duration otherwise) {
    return get(key)
        .map(
            text ->
                Notation.duration(text)
                    .orElseThrow(
                        () ->
                            wrong(
                                key,
                                "is a duration that is not negative, such as 7d or P7D (days), 12h"
                                    + " or PT12H (hours)")))
        .orElse(otherwise);
  }

  /** A setting that is a list, separated by commas; what stands there twice counts once. */
  public List<String> list(String key) {
    return split(get(key).orElse(""), ",").stream().distinct().toList();
  }

  /** The kinds of key that are wanted, in order; empty if nothing is said. */
  public List<KeyType> keyTypes() {
    try {
      return list("autotls.key-type").stream().map(KeyType::ofConfigName).distinct().toList();
    } catch (IllegalArgumentException e) {
      throw wrong("autotls.key-type", "is wrong: " + e.getMessage());
    }
  }

  /** What this node does in a cluster. */
  public Role role() {
    try {
      return get("autotls.role").map(Role::ofConfigName).orElse(Role.AUTO);
    } catch (IllegalArgumentException e) {
      throw wrong("autotls.role", "is wrong: " + e.getMessage());
    }
  }

  /** A file that a setting names; its bytes, no more than {@code most} of them. */
  public InputStream file(String key, int most) {
    String file = get(key).orElseThrow(() -> wrong(key, "is not set"));
    try {
      return ConfigurationFile.bytes(path(key, file), most);
    } catch (IOException e) {
      throw wrong(key, "names the file " + file + ", which cannot be read: " + e.getMessage());
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
    return new ConfigurationException(key + source(key) + " " + what);
  }

  /** The same, with what found it out; that must not show a secret. */
  public ConfigurationException wrong(String key, String what, Exception cause) {
    return new ConfigurationException(key + source(key) + " " + what, cause);
  }

  private String source(String key) {
    Value value = values.get(key);
    return value == null ? "" : " (set by " + value.source() + ")";
  }

  private static List<String> split(String text, String separator) {
    return Arrays.stream(text.split(separator))
        .map(Notation::bare)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  @Override
  public String toString() {
    return "Settings" + values.keySet();
  }
}
