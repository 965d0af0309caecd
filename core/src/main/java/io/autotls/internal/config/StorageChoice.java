package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes the store that {@code autotls.storage} names: {@code scheme:rest}, or the path of a folder.
 */
public final class StorageChoice {
  /** A folder that is called so is far less likely than a module that is missing. */
  private static final Set<String> STORES =
      Set.of(
          "jdbc",
          "postgres",
          "postgresql",
          "mysql",
          "redis",
          "vault",
          "s3",
          "gcs",
          "azure",
          "consul",
          "etcd",
          "kubernetes",
          "k8s",
          "dynamodb",
          "mongodb",
          "zookeeper",
          "hazelcast");

  private static final Pattern WINDOWS_PATH = Pattern.compile("[A-Za-z]:.*");
  private static final Pattern WHOLE_WINDOWS_PATH = Pattern.compile("[A-Za-z]:[/\\\\].*");
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");

  private final Factories factories;
  private final List<PlugIn<StorageFactory>> installed;

  /** Chooses among the plug-ins that are installed. */
  public StorageChoice(Factories factories) {
    this.factories = factories;
    this.installed = factories.installed().storages();
  }

  /** Makes the store; {@code separator} is what this system puts between folders. */
  public Storage make(char separator) {
    String value = factories.configuration().get(OwnSettings.STORAGE);
    if (WINDOWS_PATH.matcher(value).matches()) {
      checkWindowsPath(value, separator);
      return create("file", value);
    }
    int colon = value.indexOf(':');
    String first = colon < 0 ? value : value.substring(0, colon);
    boolean named = isKnown(first) || (colon >= 0 && SCHEME.matcher(first).matches());
    if (named || STORES.contains(first.toLowerCase(Locale.ROOT))) {
      return create(first.toLowerCase(Locale.ROOT), value.substring(first.length()));
    }
    return create("file", value);
  }

  private boolean isKnown(String scheme) {
    return installed.stream().anyMatch(one -> one.factory().scheme().equalsIgnoreCase(scheme));
  }

  private static void checkWindowsPath(String value, char separator) {
    if (separator != '\\') {
      throw new ConfigurationException(
          "autotls.storage: \"" + value + "\" is a path of Windows, and this is another system");
    }
    if (!WHOLE_WINDOWS_PATH.matcher(value).matches()) {
      throw new ConfigurationException(
          "autotls.storage: \""
              + value
              + "\" is no whole path; in a properties file a backslash is written twice, so write"
              + " C:/autotls or C:\\\\autotls");
    }
  }

  private Storage create(String scheme, String rest) {
    PlugIn<StorageFactory> plugIn =
        installed.stream()
            .filter(one -> one.factory().scheme().equals(scheme))
            .findFirst()
            .orElseThrow(() -> unknown(scheme));
    String place = rest.startsWith(":") ? rest.substring(1) : rest;
    return factories.create(plugIn, (factory, context) -> factory.create(place, context));
  }

  private ConfigurationException unknown(String scheme) {
    return new ConfigurationException(
        "autotls.storage begins with \""
            + scheme
            + ":\", and nothing on the class path knows that; known are "
            + installed.stream()
                .map(one -> one.factory().scheme() + ":")
                .sorted()
                .collect(Collectors.joining(", "))
            + ", and the path of a folder");
  }
}
