package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.spi.Setting;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The settings that exist: those of AutoTls, and those of every plug-in that is there. What is not
 * among them is a typing error, and gets the nearest name.
 */
public final class Declarations {
  /**
   * How variables begin that AutoTls's own test tools read, such as {@code AUTOTLS_REQUIRE_PEBBLE}
   * and {@code AUTOTLS_PEBBLE_2_10}: an application under test finds them in its environment, and
   * they are no settings of it.
   */
  private static final List<String> TEST_TOOLS = List.of("AUTOTLS_REQUIRE_", "AUTOTLS_PEBBLE_");

  private final Map<String, Setting<?>> byName = new LinkedHashMap<>();
  private final Map<String, Setting<?>> byEnvironmentName = new LinkedHashMap<>();

  private Declarations() {
    OwnSettings.ALL.forEach(this::add);
  }

  /**
   * Those of AutoTls and of these plug-ins.
   *
   * @throws ConfigurationException if a plug-in takes a name of AutoTls, or one that is the same in
   *     the environment as another
   */
  static Declarations with(Collection<? extends PlugIn<?>> plugIns) {
    Declarations all = new Declarations();
    plugIns.forEach(plugIn -> plugIn.settings().forEach(setting -> all.add(plugIn, setting)));
    return all;
  }

  private void add(PlugIn<?> plugIn, Setting<?> setting) {
    Setting<?> other = byEnvironmentName.get(setting.environmentName());
    boolean ofAutoTls = other != null && OwnSettings.ALL.contains(other);
    // Two plug-ins of one maker may share a setting: a store and an issuer with one token.
    if (other != null && (ofAutoTls || !other.name().equals(setting.name()))) {
      throw new ConfigurationException(
          plugIn.title()
              + " ("
              + plugIn.factory().getClass().getName()
              + ") declares the setting "
              + setting.name()
              + ", and that is taken: "
              + (ofAutoTls ? "AutoTls itself has " : "another plug-in has ")
              + other.name()
              + ". Next: nothing was started. To do: take that plug-in off the class path, and"
              + " report this to whoever made it");
    }
    if (other == null || setting.isSecret()) { // a secret for one is a secret for all
      add(setting);
    }
  }

  private void add(Setting<?> setting) {
    byName.put(setting.name(), setting);
    byEnvironmentName.put(setting.environmentName(), setting);
  }

  /** The setting of that name. */
  Optional<Setting<?>> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The setting of an environment variable: that of {@code AUTOTLS_CA_TRUST}. */
  Optional<Setting<?>> ofVariable(String name) {
    return Optional.ofNullable(byEnvironmentName.get(name));
  }

  /** Whether a variable belongs to the test tools. */
  static boolean isForTests(String environmentVariable) {
    return TEST_TOOLS.stream().anyMatch(environmentVariable::startsWith);
  }

  /** The setting whose name looks most like {@code name}. */
  Setting<?> nearest(String name) {
    return nearest(name, byName);
  }

  /** The setting whose variable looks most like {@code name}. */
  Setting<?> nearestVariable(String name) {
    return nearest(name.toUpperCase(Locale.ROOT), byEnvironmentName);
  }

  private static Setting<?> nearest(String name, Map<String, Setting<?>> known) {
    Setting<?> best = OwnSettings.DOMAINS;
    int least = Integer.MAX_VALUE;
    for (Map.Entry<String, Setting<?>> one : known.entrySet()) {
      int distance = distance(name, one.getKey());
      if (distance < least) {
        least = distance;
        best = one.getValue();
      }
    }
    return best;
  }

  /** How many letters have to be changed, added or removed (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
