package io.autotls.tls;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Names to credentials, in memory: what handshakes read.
 *
 * <p>Lookups take no lock and do no I/O; for a name in lower case they allocate nothing. A name that has
 * a credential has one at every moment, also while it is replaced. Changes are made in slots, one for each
 * wanted certificate.
 *
 * <p>Challenge certificates (RFC 8737) have a side door of their own, which only handshakes that negotiate
 * {@code acme-tls/1} go through: no visitor ever gets one.
 *
 * <p>Safe for use by many threads.
 */
public final class Keyring {
  /** Retired challenge certificates that stay resolvable; a handshake holds an alias for microseconds. */
  private static final int RETIRED_CHALLENGES = 64;

  private final Map<String, List<Credential>> byName = new ConcurrentHashMap<>();
  private final Map<String, Credential> byAlias = new ConcurrentHashMap<>();
  private final Map<String, Credential> challenges = new ConcurrentHashMap<>();

  private final Map<String, Slot> slots = new HashMap<>(); // guarded by this
  private final List<Credential> retiredChallenges = new ArrayList<>(); // guarded by this
  private final Map<String, Integer> uses = new HashMap<>(); // of an alias; guarded by this
  private String defaultSlot = ""; // guarded by this

  private volatile @Nullable Credential fallback; // null until something is installed
  private volatile @Nullable Credential placeholder; // null until a handshake needs it
  private volatile @Nullable Supplier<Credential> placeholderSource;
  private volatile @Nullable Function<String, @Nullable Credential> challengeLookup;

  /** What one wanted certificate has here: its names, its generation, and the one before. */
  private record Slot(
      List<String> names, Credential current, @Nullable Credential previous) {}

  /** Where a credential is served. */
  public enum Placement {
    /** For its names only, unless it is the first of all. */
    BY_NAME,
    /** For its names, and for visitors who name no name or an unknown one. */
    AS_DEFAULT
  }

  /** Creates an empty keyring. */
  public Keyring() {}

  /**
   * Serves {@code credential} for {@code names} from now on, in place of what the slot had before. The
   * first slot of all also serves visitors who name no name or an unknown one.
   *
   * @param slot names the wanted certificate, for example the id of its spec
   */
  public void install(String slot, Collection<String> names, Credential credential) {
    install(slot, names, credential, Placement.BY_NAME);
  }

  /** Installs, and says whether it is the default. */
  public synchronized void install(
      String slot, Collection<String> names, Credential credential, Placement placement) {
    List<String> lower = names.stream().map(Keyring::lower).distinct().toList();
    Slot before = slots.get(slot);
    remember(credential);
    slots.put(slot, new Slot(lower, credential, before == null ? null : before.current()));
    Credential replaced = before == null ? null : before.current();
    for (String name : lower) {
      byName.compute(name, (key, present) -> replace(present, replaced, credential));
    }
    if (before != null) {
      before.names().stream()
          .filter(name -> !lower.contains(name))
          .forEach(name -> byName.computeIfPresent(name, (k, list) -> without(list, replaced)));
      forget(before.previous());
    }
    if (defaultSlot.isEmpty() || placement == Placement.AS_DEFAULT) {
      defaultSlot = slot;
    }
    if (defaultSlot.equals(slot)) {
      fallback = credential;
    }
  }

  /** Serves the slot's credential no longer. An unknown slot is no error. */
  public synchronized void remove(String slot) {
    Slot before = slots.remove(slot);
    if (before == null) {
      return;
    }
    for (String name : before.names()) {
      byName.computeIfPresent(name, (key, list) -> without(list, before.current()));
    }
    forget(before.previous());
    forget(before.current());
    if (defaultSlot.equals(slot)) {
      Map.Entry<String, Slot> next = slots.entrySet().stream().findFirst().orElse(null);
      defaultSlot = next == null ? "" : next.getKey();
      fallback = next == null ? null : next.getValue().current();
    }
  }

  private static List<Credential> replace(
      @Nullable List<Credential> present, @Nullable Credential old, Credential now) {
    if (present == null) {
      return List.of(now);
    }
    List<Credential> result = new ArrayList<>(present);
    result.remove(old);
    if (!result.contains(now)) {
      result.add(0, now);
    }
    return List.copyOf(result);
  }

  private static @Nullable List<Credential> without(
      List<Credential> present, @Nullable Credential old) {
    List<Credential> result = new ArrayList<>(present);
    result.remove(old);
    return result.isEmpty() ? null : List.copyOf(result);
  }

  private void remember(Credential credential) {
    byAlias.put(credential.alias(), credential);
    uses.merge(credential.alias(), 1, Integer::sum);
  }

  private void forget(@Nullable Credential credential) {
    if (credential != null && uses.merge(credential.alias(), -1, Integer::sum) <= 0) {
      uses.remove(credential.alias());
      byAlias.remove(credential.alias());
    }
  }

  /** Makes the credential that is served while there is no other; asked once, when it is needed. */
  public void placeholder(Supplier<Credential> source) {
    this.placeholderSource = source;
  }

  /**
   * What is served for a name: by the exact name, then by a wildcard in place of its first label, then the
   * default, then the placeholder.
   *
   * @param serverName as a client sends it, in any case; null or empty if it sent none
   * @return null only if there is neither a credential nor a placeholder
   */
  public @Nullable Credential find(@Nullable String serverName) {
    return find(serverName, null);
  }

  /**
   * As {@link #find(String)}, for a client that can verify keys of one kind only.
   *
   * @param keyAlgorithm {@code EC} or {@code RSA}; null for any
   */
  @Nullable Credential find(@Nullable String serverName, @Nullable String keyAlgorithm) {
    if (serverName != null && !serverName.isEmpty()) {
      String name = lower(serverName);
      Credential found = choose(byName.get(name), keyAlgorithm);
      int dot = name.indexOf('.');
      if (found == null && dot >= 0) {
        found = choose(byName.get("*" + name.substring(dot)), keyAlgorithm);
      }
      if (found != null) {
        return found;
      }
    }
    Credential standard = fallback;
    if (standard == null) {
      standard = placeholder();
    }
    return standard != null && suits(standard, keyAlgorithm) ? standard : null;
  }

  private static @Nullable Credential choose(
      @Nullable List<Credential> credentials, @Nullable String keyAlgorithm) {
    if (credentials != null) {
      for (int i = 0; i < credentials.size(); i++) { // no iterator: this is the path of every handshake
        if (suits(credentials.get(i), keyAlgorithm)) {
          return credentials.get(i);
        }
      }
    }
    return null;
  }

  private static boolean suits(Credential credential, @Nullable String keyAlgorithm) {
    return keyAlgorithm == null || credential.keyAlgorithm().equals(keyAlgorithm);
  }

  private @Nullable Credential placeholder() {
    Credential made = placeholder;
    Supplier<Credential> source = placeholderSource;
    if (made == null && source != null) {
      synchronized (this) {
        made = placeholder;
        if (made == null) {
          made = source.get();
          byAlias.put(made.alias(), made);
          placeholder = made;
        }
      }
    }
    return made;
  }

  /** The generation of that alias, as long as a handshake may hold it. */
  @Nullable Credential byAlias(String alias) {
    return byAlias.get(alias);
  }

  /**
   * Shows {@code credential} to whoever validates {@code serverName} by TLS-ALPN-01.
   *
   * @param serverName the SNI that the CA sends: the name, or for an IP address its reverse name
   */
  public synchronized void installChallenge(String serverName, Credential credential) {
    byAlias.put(credential.alias(), credential);
    Credential before = challenges.put(lower(serverName), credential);
    if (before != null) {
      retire(before);
    }
  }

  /** Shows that challenge credential no longer. One that is not there is no error. */
  public synchronized void removeChallenge(String serverName, Credential credential) {
    if (challenges.remove(lower(serverName), credential)) {
      retire(credential);
    }
  }

  private void retire(Credential challenge) {
    retiredChallenges.add(challenge);
    if (retiredChallenges.size() > RETIRED_CHALLENGES) {
      Credential oldest = retiredChallenges.remove(0);
      byAlias.remove(oldest.alias(), oldest);
    }
  }

  /** Where to look for challenges that are not here, for example those of other nodes. */
  public void challengeLookup(Function<String, @Nullable Credential> lookup) {
    this.challengeLookup = lookup;
  }

  /** The challenge credential for a name, or null: then {@code acme-tls/1} is not spoken. */
  public @Nullable Credential challenge(String serverName) {
    String name = lower(serverName);
    Credential present = challenges.get(name);
    Function<String, @Nullable Credential> lookup = challengeLookup;
    if (present == null && lookup != null) {
      Credential elsewhere = lookup.apply(name);
      if (elsewhere != null) {
        installChallenge(name, elsewhere);
        return elsewhere;
      }
    }
    return present;
  }

  private static String lower(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        return name.toLowerCase(Locale.ROOT);
      }
    }
    return name;
  }

  @Override
  public String toString() {
    return "Keyring[" + byName.size() + " names]";
  }
}
