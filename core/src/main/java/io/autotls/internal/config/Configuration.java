package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.internal.text.Notation;
import io.autotls.spi.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was said in code, and else what the configuration says: system properties before environment
 * variables before the file {@code autotls.properties}. Immutable; {@link #toString()} shows no
 * values, which may be secrets.
 */
public final class Configuration {
  private static final String FILE = "autotls.properties";
  private static final String PREFIX = "autotls.";
  private static final String ENVIRONMENT_PREFIX = "AUTOTLS_";
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");

  /** Shorter ones stand in many texts by chance, and protect nothing. */
  private static final int SHORTEST_SECRET = 4;

  private final Declarations declarations;
  private final Map<String, Value> values;

  /** A value and where it was set, for messages. */
  private record Value(String text, String source) {
    @Override
    public String toString() {
      return "Value from " + source;
    }
  }

  private Configuration(Declarations declarations, Map<String, Value> values) {
    this.declarations = declarations;
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
          context == null ? Configuration.class.getClassLoader() : context);
    }
  }

  /**
   * Reads all sources.
   *
   * @param declarations what may be set
   * @param inCode what was said in code, as one would write it
   * @param file the file to read in place of {@code autotls.properties}; null for that one, if it
   *     is there
   * @throws ConfigurationException if a key is not known, or a reference leads nowhere
   */
  public static Configuration read(
      Sources sources,
      Declarations declarations,
      Map<Setting<?>, String> inCode,
      @Nullable Path file) {
    return new Reading(sources, declarations).read(inCode, file);
  }

  /** The sources while they are read, the weakest first. */
  private record Reading(Sources sources, Declarations declarations, Map<String, Value> values) {
    Reading(Sources sources, Declarations declarations) {
      this(sources, declarations, new HashMap<>());
    }

    Configuration read(Map<Setting<?>, String> inCode, @Nullable Path named) {
      Reading above = new Reading(sources, declarations);
      above.addProcess();
      Configuration ofProcess = new Configuration(declarations, above.values);
      addFile(named != null ? named : ofProcess.get(OwnSettings.CONFIG).orElse(null));
      values.putAll(above.values);
      values.replaceAll((name, value) -> resolve(name, value));
      inCode.forEach(
          (setting, text) -> values.put(setting.name(), new Value(text, "AutoTls.builder()")));
      return new Configuration(declarations, values);
    }

    private void addProcess() {
      sources.environment().forEach(this::addVariable);
      sources
          .systemProperties()
          .forEach(
              (name, text) -> {
                if (name.startsWith(PREFIX)) {
                  add(name, text, "the system property " + name);
                }
              });
    }

    private void addVariable(String name, String text) {
      if (name.startsWith(ENVIRONMENT_PREFIX)
          && !Declarations.isForTests(name)
          && !ServiceLinks.isOne(name, text)) {
        String source = "the environment variable " + name;
        Setting<?> setting =
            declarations
                .ofVariable(name)
                .orElseThrow(
                    () -> unknown(source, declarations.nearestVariable(name).environmentName()));
        add(setting.name(), text, source);
      }
    }

    private void add(String name, String text, String source) {
      if (declarations.named(name).isEmpty()) {
        throw unknown(name + ", set by " + source + ",", declarations.nearest(name).name());
      }
      values.put(name, new Value(Notation.bare(text), source));
    }

    private static ConfigurationException unknown(String what, String nearest) {
      return new ConfigurationException(
          what
              + " means nothing to AutoTls, nor to a plug-in on the class path; did you mean "
              + nearest
              + "?");
    }

    private void addFile(@Nullable Path named) {
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
      for (String name : properties.stringPropertyNames()) {
        add(name, properties.getProperty(name), source);
      }
    }

    private static Properties fromClassPath(ClassLoader classPath) throws IOException {
      try (InputStream in = classPath.getResourceAsStream(FILE)) {
        return ConfigurationFile.properties(in == null ? "" : ConfigurationFile.read(in), FILE);
      }
    }

    /** Replaces {@code ${env:NAME}} and {@code ${file:/run/secrets/token}}. */
    private Value resolve(String name, Value value) {
      Matcher reference = REFERENCE.matcher(value.text());
      StringBuilder text = new StringBuilder();
      while (reference.find()) {
        String target = reference.group(2);
        String replacement =
            reference.group(1).equals("env")
                ? environmentValue(name, target)
                : fileContent(name, target);
        reference.appendReplacement(text, Matcher.quoteReplacement(replacement));
      }
      return new Value(reference.appendTail(text).toString(), value.source());
    }

    private String environmentValue(String name, String variable) {
      String found = sources.environment().get(variable);
      if (found == null) {
        throw new ConfigurationException(
            name
                + " takes its value from the environment variable "
                + variable
                + ", which is not set");
      }
      return found;
    }

    private static String fileContent(String name, String file) {
      String subject = name + " takes its value from the file " + file + ", ";
      try {
        return ConfigurationFile.read(Path.of(file)).stripTrailing();
      } catch (InvalidPathException e) {
        throw new ConfigurationException(subject + "which is no path: " + e.getReason(), e);
      } catch (IOException e) {
        throw new ConfigurationException(subject + "which cannot be read: " + e.getMessage(), e);
      }
    }
  }

  /**
   * The value of a setting, or its default.
   *
   * @throws ConfigurationException if it makes no sense, or is required and not set
   */
  public <T> T get(Setting<T> setting) {
    Optional<String> text = text(setting);
    try {
      return setting.read(text);
    } catch (IllegalArgumentException e) {
      throw text.isEmpty()
          ? new ConfigurationException(missing(setting))
          : wrong(setting, "is wrong: " + e.getMessage(), e);
    }
  }

  private static String missing(Setting<?> setting) {
    return setting.name()
        + " is not set, and has to be: "
        + setting.meaning()
        + ". Set "
        + setting.name()
        + setting.example().map(example -> "=" + example).orElse("")
        + " in "
        + FILE
        + " or as a system property, or the environment variable "
        + setting.environmentName();
  }

  /** Whether somebody set it, to something. */
  public boolean isSet(Setting<?> setting) {
    return text(setting).isPresent();
  }

  private Optional<String> text(Setting<?> setting) {
    return Optional.ofNullable(values.get(setting.name()))
        .map(Value::text)
        .filter(text -> !text.isEmpty());
  }

  /** A text of somebody else without the secrets that are set here. */
  public String withoutSecrets(String text) {
    String clean = text;
    for (Map.Entry<String, Value> one : values.entrySet()) {
      String value = one.getValue().text();
      if (value.length() >= SHORTEST_SECRET
          && declarations.named(one.getKey()).filter(Setting::isSecret).isPresent()) {
        clean = clean.replace(value, "(" + one.getKey() + ")");
      }
    }
    return clean;
  }

  /** A file that a setting names; its bytes, no more than {@code most} of them. */
  public InputStream file(Setting<Optional<Path>> setting, int most) {
    Path file = get(setting).orElseThrow(() -> wrong(setting, "is not set"));
    try {
      return ConfigurationFile.bytes(file, most);
    } catch (IOException e) {
      throw wrong(setting, "names the file " + file + ", which cannot be read: " + e.getMessage());
    }
  }

  /** What is wrong with a setting, and where it was set. */
  public ConfigurationException wrong(Setting<?> setting, String what) {
    return new ConfigurationException(subject(setting) + " " + what);
  }

  /** The same, with what found it out; that must not show a secret. */
  public ConfigurationException wrong(Setting<?> setting, String what, Exception cause) {
    return new ConfigurationException(subject(setting) + " " + what, cause);
  }

  /** A setting and where it was set, for messages. */
  public String subject(Setting<?> setting) {
    Value value = values.get(setting.name());
    return setting.name() + (value == null ? "" : " (set by " + value.source() + ")");
  }

  @Override
  public String toString() {
    return "Configuration" + values.keySet();
  }
}
