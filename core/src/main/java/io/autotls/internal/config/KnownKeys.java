package io.autotls.internal.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The keys that may be set. What is not among them is a mistake, and is reported with the nearest
 * key that is. Immutable; plug-ins add theirs with {@link #with} and {@link #withPrefix}.
 */
public final class KnownKeys {
  /** Before every key. */
  static final String PREFIX = "autotls.";

  /** Before every environment variable. */
  static final String ENVIRONMENT_PREFIX = "AUTOTLS_";

  public static final String DOMAINS = "autotls.domains";
  public static final String EMAIL = "autotls.email";
  public static final String AGREE_TOS = "autotls.agree-tos";
  public static final String CA = "autotls.ca";
  public static final String CA_TRUST = "autotls.ca.trust";
  public static final String EAB_KID = "autotls.eab.kid";
  public static final String EAB_KEY = "autotls.eab.key";
  public static final String STORAGE = "autotls.storage";
  public static final String CHALLENGE = "autotls.challenge";
  public static final String KEY_TYPE = "autotls.key-type";
  public static final String PROFILE = "autotls.profile";
  public static final String HTTP_PORT = "autotls.http.port";
  public static final String HTTPS_PORT = "autotls.https.port";

  /** Where the file is; has no meaning inside of it. */
  public static final String CONFIG = "autotls.config";

  private static final KnownKeys CORE =
      new KnownKeys(Map.of(), Set.of())
          .with(Secrecy.PUBLIC, List.of(DOMAINS, EMAIL, AGREE_TOS, CA, CA_TRUST, EAB_KID))
          .with(Secrecy.SECRET, List.of(EAB_KEY, STORAGE))
          .with(Secrecy.PUBLIC, List.of(CHALLENGE, KEY_TYPE, PROFILE, HTTP_PORT, HTTPS_PORT))
          .with(Secrecy.PUBLIC, List.of(CONFIG));

  /** Whether messages may show the value of a key. */
  public enum Secrecy {
    /** Messages show the value. */
    PUBLIC,
    /** Messages never show the value, nor what was made of it. */
    SECRET
  }

  private final Map<String, Secrecy> keys;
  private final Set<String> prefixes;

  private KnownKeys(Map<String, Secrecy> keys, Set<String> prefixes) {
    this.keys = keys;
    this.prefixes = prefixes;
  }

  /** The keys that core itself reads. */
  public static KnownKeys core() {
    return CORE;
  }

  /** These keys and {@code more}. */
  public KnownKeys with(Secrecy secrecy, Collection<String> more) {
    Map<String, Secrecy> all = new LinkedHashMap<>(keys);
    more.forEach(key -> all.put(requirePrefix(key), secrecy));
    return new KnownKeys(all, prefixes);
  }

  /**
   * These keys and all that begin with {@code prefix}, for plug-ins whose keys are not known
   * beforehand, for example {@code autotls.dns.}. Their values count as secret.
   */
  public KnownKeys withPrefix(String prefix) {
    if (!requirePrefix(prefix).endsWith(".") || prefix.equals(PREFIX)) {
      throw new IllegalArgumentException("prefix must be autotls.<something>. : " + prefix);
    }
    Set<String> all = new LinkedHashSet<>(prefixes);
    all.add(prefix);
    return new KnownKeys(keys, all);
  }

  boolean contains(String key) {
    return keys.containsKey(key)
        || prefixes.stream().anyMatch(p -> key.startsWith(p) && key.length() > p.length());
  }

  boolean containsVariable(String variable) {
    return keys.keySet().stream().map(KnownKeys::variable).anyMatch(variable::equals)
        || prefixes.stream()
            .map(KnownKeys::variable)
            .anyMatch(p -> variable.startsWith(p) && variable.length() > p.length());
  }

  Secrecy secrecy(String key) {
    return keys.getOrDefault(key, Secrecy.SECRET);
  }

  /** The environment variable for a key: {@code AUTOTLS_CA_TRUST} for {@code autotls.ca.trust}. */
  static String variable(String key) {
    return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** The known key most like {@code unknown}, unless none is like it at all. */
  Optional<String> nearest(String unknown) {
    return nearest(unknown.toLowerCase(Locale.ROOT), keys.keySet().stream());
  }

  /** The environment variable of a known key most like {@code unknown}. */
  Optional<String> nearestVariable(String unknown) {
    return nearest(unknown, keys.keySet().stream().map(KnownKeys::variable));
  }

  private static Optional<String> nearest(String unknown, Stream<String> known) {
    if (unknown.length() > 100) {
      return Optional.empty(); // nothing of ours is that long, and the distance takes time
    }
    int bearable = Math.max(3, unknown.length() / 3);
    return known
        .filter(key -> EditDistance.between(unknown, key) <= bearable)
        .min(Comparator.comparingInt(key -> EditDistance.between(unknown, key)));
  }

  private static String requirePrefix(String key) {
    if (!key.startsWith(PREFIX)) {
      throw new IllegalArgumentException("key must begin with autotls. : " + key);
    }
    return key;
  }
}
