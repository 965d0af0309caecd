package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one {@code AutoTls}. A key is looked for in code, then in the system properties,
 * then in the environment, then in {@code autotls.properties}; a value that is blank counts as not
 * set, since {@code AUTOTLS_EMAIL=} is what templates make of nothing.
 *
 * <p>Immutable. The sources are read once, files behind {@code ${file:…}} when their key is asked
 * for.
 */
public final class Settings {
  /**
   * Variables that Kubernetes sets in every pod for a Service whose name begins with "autotls":
   * nobody wrote these, so nobody made a mistake.
   */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "AUTOTLS_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP|SCTP).*)");

  private static final Pattern SERVICE_URL = Pattern.compile("(tcp|udp|sctp)://.*");

  private final KnownKeys known;
  private final Sources sources;
  private final Placeholders placeholders;
  private final PropertiesFile file;

  private Settings(KnownKeys known, Sources sources) {
    this.known = known;
    this.sources = sources;
    this.placeholders = new Placeholders(sources.environment(), sources.workingDirectory());
    this.file = PropertiesFile.load(sources, findOutsideFile(KnownKeys.CONFIG));
  }

  /**
   * Reads the sources.
   *
   * @throws ConfigurationException if one of them sets a key that nobody knows, or if the file
   *     cannot be read
   */
  public static Settings load(Sources sources, KnownKeys known) {
    Settings settings = new Settings(known, sources);
    settings.refuseUnknownKeys();
    return settings;
  }

  /** The setting of that key, if it is set, with placeholders replaced. */
  public Optional<Setting> find(String key) {
    if (!known.contains(key)) {
      throw new IllegalArgumentException("not among the known keys: " + key);
    }
    return findOutsideFile(key).or(() -> setting(key, file.location(), file.values().get(key)));
  }

  /**
   * The setting of that key.
   *
   * @throws ConfigurationException if it is not set; the message tells the ways to set it
   */
  public Setting require(String key, String meaning) {
    return find(key)
        .orElseThrow(
            () ->
                new ConfigurationException(
                    key + " is not set: " + meaning,
                    "set it in code, as system property "
                        + key
                        + ", as environment variable "
                        + KnownKeys.variable(key)
                        + ", or in autotls.properties"));
  }

  private Optional<Setting> findOutsideFile(String key) {
    String variable = KnownKeys.variable(key);
    return setting(key, "code", sources.code().get(key))
        .or(() -> setting(key, "system property", sources.systemProperties().get(key)))
        .or(
            () ->
                setting(
                    key, "environment variable " + variable, sources.environment().get(variable)));
  }

  private Optional<Setting> setting(String key, String source, @Nullable String raw) {
    if (raw == null || raw.isBlank()) {
      return Optional.empty();
    }
    String value;
    try {
      value = placeholders.resolve(raw).strip();
    } catch (Placeholders.UnresolvedException e) {
      throw new ConfigurationException(key, source, String.valueOf(e.getMessage()), e.remedy(), e);
    }
    if (value.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Setting(key, source, raw, value, known.secrecy(key), sources.workingDirectory()));
  }

  private void refuseUnknownKeys() {
    sources.code().keySet().stream().sorted().forEach(key -> refuseUnknown(key, "code"));
    sources.systemProperties().keySet().stream()
        .filter(key -> key.startsWith(KnownKeys.PREFIX))
        .sorted()
        .forEach(key -> refuseUnknown(key, "system property"));
    new TreeMap<>(sources.environment()).entrySet().forEach(this::refuseUnknownVariable);
    file.values().keySet().stream().sorted().forEach(key -> refuseUnknown(key, file.location()));
    if (file.values().containsKey(KnownKeys.CONFIG)) {
      throw new ConfigurationException(
          KnownKeys.CONFIG,
          file.location(),
          "a file cannot say where it is",
          "remove the line, or set it as a system property or environment variable");
    }
  }

  private void refuseUnknown(String key, String source) {
    if (!known.contains(key)) {
      throw unknown(key, source, known.nearest(key).or(() -> known.nearest("autotls." + key)));
    }
  }

  private void refuseUnknownVariable(Map.Entry<String, String> variable) {
    String name = variable.getKey();
    if (!name.startsWith(KnownKeys.ENVIRONMENT_PREFIX)
        || known.containsVariable(name)
        || SERVICE_LINK.matcher(name).matches()
        || (name.endsWith("_PORT") && SERVICE_URL.matcher(variable.getValue()).matches())) {
      return;
    }
    throw unknown(name, "environment variable", known.nearestVariable(name));
  }

  private static ConfigurationException unknown(
      String key, String source, Optional<String> nearest) {
    return new ConfigurationException(
        key,
        source,
        "nobody knows this key" + nearest.map(k -> "; the nearest known one is " + k).orElse(""),
        nearest
            .map(k -> "write " + k + ", or remove it")
            .orElse("remove it, or add the module that reads it"));
  }

  @Override
  public String toString() {
    return "Settings"; // the values may be secret
  }
}
