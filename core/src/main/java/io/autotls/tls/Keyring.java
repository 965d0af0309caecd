package io.autotls.tls;

import io.autotls.tls.Offers.Offer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Names to credentials, in memory: what handshakes read.
 *
 * <p>A visitor gets the credential of the exact name, else that of the wildcard one label up, else
 * the default, which is what visitors of the first installed slot get unless {@linkplain
 * #makeDefault said otherwise}, else the {@linkplain #placeholder placeholder}. Where several slots
 * have the same name, such as one with an ECDSA key and one with an RSA key, the visitor's TLS
 * decides by the kind of key, and among equals the one that is valid longest is served.
 *
 * <p>Challenge certificates (RFC 8737) stand at a side door of their own: only handshakes for
 * {@code acme-tls/1} see them, and those see nothing else.
 *
 * <p>Safe for use by many threads. Reading takes no lock and does no I/O; changes are seen by the
 * next handshake and cost the same however many names there are. While a slot is replaced, each of
 * its names has at every moment either the old credential or the new one.
 */
public final class Keyring {
  private final Map<String, Offers> exact = new ConcurrentHashMap<>();
  private final Map<String, Offers> wildcards = new ConcurrentHashMap<>(); // without "*."
  private final Map<String, List<Credential>> challenges = new ConcurrentHashMap<>();
  private final Generations generations = new Generations();
  private final Placeholder placeholder = new Placeholder(generations);
  private volatile Function<String, @Nullable Credential> challengeLookup = name -> null;
  private volatile @Nullable Slot defaultSlot; // null while nothing is installed

  private final Object changes = new Object();
  private final Map<String, Slot> slots = new LinkedHashMap<>(); // guarded by changes

  /** Whether a credential is for its names only, or for visitors of unknown names as well. */
  public enum Placement {
    /** Served for its names only, unless it is the first one installed. */
    BY_NAME,
    /** Served for its names, and to visitors who name no host or an unknown one. */
    AS_DEFAULT
  }

  private record Slot(String id, Set<String> names, Credential credential, Offers own) {}

  /** Creates an empty keyring without a placeholder. */
  public Keyring() {}

  /** Installs {@code credential} {@link Placement#BY_NAME}. */
  public void install(String slot, Collection<String> names, Credential credential) {
    install(slot, names, credential, Placement.BY_NAME);
  }

  /**
   * Serves {@code credential} for {@code names}, instead of what {@code slot} had before. Names
   * that the slot had and has no longer are forgotten, after the new ones are there.
   *
   * @param slot who owns the place: the id of the certificate's spec
   * @param names DNS names in A-labels, wildcards ({@code *.example.com}), IP addresses
   * @throws IllegalArgumentException if there is no name, or one that can never be asked for
   */
  public void install(
      String slot, Collection<String> names, Credential credential, Placement placement) {
    Objects.requireNonNull(placement, "placement");
    Offer offer = new Offer(slot, credential);
    Slot next = new Slot(slot, canonical(names), credential, Offers.with(null, offer));
    synchronized (changes) {
      generations.retain(credential);
      next.names().forEach(name -> place(name, offer));
      Slot previous = slots.put(slot, next);
      Slot present = defaultSlot;
      if (placement == Placement.AS_DEFAULT || present == null || present.id().equals(slot)) {
        defaultSlot = next;
      }
      if (previous != null) {
        previous.names().stream()
            .filter(name -> !next.names().contains(name))
            .forEach(name -> take(name, slot));
        generations.release(previous.credential());
      }
    }
  }

  /**
   * Forgets what {@code slot} had; an unknown slot is no error. If it was the default, the one
   * installed earliest of the others is.
   */
  public void remove(String slot) {
    synchronized (changes) {
      Slot previous = slots.remove(slot);
      if (previous == null) {
        return;
      }
      Slot present = defaultSlot;
      if (present != null && present.id().equals(slot)) {
        defaultSlot = slots.isEmpty() ? null : slots.values().iterator().next();
      }
      previous.names().forEach(name -> take(name, slot));
      generations.release(previous.credential());
    }
  }

  /**
   * Treats visitors who name no host, or an unknown one, as those of the first name of {@code
   * slot}, now and after it is replaced.
   *
   * @throws IllegalArgumentException if nothing is installed in that slot
   */
  public void makeDefault(String slot) {
    synchronized (changes) {
      Slot next = slots.get(slot);
      if (next == null) {
        throw new IllegalArgumentException("nothing is installed in slot \"" + slot + "\"");
      }
      defaultSlot = next;
    }
  }

  /**
   * Says what to serve while nothing is installed. Unless set, such handshakes fail.
   *
   * @param supplier called once, by the first handshake that needs it
   */
  public void placeholder(Supplier<Credential> supplier) {
    placeholder.set(supplier);
  }

  /** What {@code slot} has now. */
  public Optional<Credential> installed(String slot) {
    synchronized (changes) {
      Slot present = slots.get(slot);
      return present == null ? Optional.empty() : Optional.of(present.credential());
    }
  }

  /**
   * What a visitor of {@code serverName} gets, whatever kind of key that has.
   *
   * @param serverName the name in the ClientHello, in any case of letters; null if there is none
   * @return null only if nothing is installed and there is no placeholder
   */
  public @Nullable Credential find(@Nullable String serverName) {
    Offers offers = offers(serverName);
    return offers == null ? null : offers.best();
  }

  /**
   * What there is for a visitor of {@code serverName}: one generation for each kind of key. It is
   * read once for a handshake, in which JSSE asks for one kind of key after the other; if it were
   * read anew each time, a slot that changes its kind of key could seem to have neither.
   */
  @Nullable Offers offers(@Nullable String serverName) {
    if (serverName != null) {
      String name = canonical(serverName);
      Offers named = exact.get(name);
      if (named == null) {
        named = wildcard(name);
      }
      if (named != null) {
        // A name that is known with another kind of key must not fall through to somebody else's.
        return named;
      }
    }
    Slot slot = defaultSlot;
    if (slot == null) {
      return placeholder.offers();
    }
    Offers twins = installedFor(slot.names().iterator().next());
    return twins != null ? twins : slot.own(); // the slot was replaced just now
  }

  /**
   * Serves {@code challenge} to handshakes for {@code acme-tls/1} that name {@code serverName}, and
   * to nobody else. Of several for one name the newest is served.
   *
   * @param serverName a DNS name, or the {@linkplain IpAddress#reverseName reverse name} of an IP
   *     address, as in SNI
   */
  public void installChallenge(String serverName, Credential challenge) {
    synchronized (changes) {
      String name = canonical(serverName);
      List<Credential> present = challenges.getOrDefault(name, List.of());
      if (!present.contains(challenge)) {
        generations.retain(challenge);
      }
      challenges.put(name, joined(challenge, without(present, challenge)));
    }
  }

  /** Serves {@code challenge} no longer; one that is not there is no error. */
  public void removeChallenge(String serverName, Credential challenge) {
    synchronized (changes) {
      String name = canonical(serverName);
      List<Credential> present = challenges.getOrDefault(name, List.of());
      if (!present.contains(challenge)) {
        return;
      }
      List<Credential> others = without(present, challenge);
      if (others.isEmpty()) {
        challenges.remove(name);
      } else {
        challenges.put(name, others);
      }
      generations.release(challenge);
    }
  }

  /**
   * Says where to look for challenges that were not installed here, because another node began
   * them. The lookup is called on the thread of a handshake for {@code acme-tls/1}, never for other
   * visitors. It gets the name in lower case, must return soon, and returns null for "none".
   */
  public void challengeLookup(Function<String, @Nullable Credential> lookup) {
    challengeLookup = Objects.requireNonNull(lookup, "lookup");
  }

  /**
   * The challenge certificate for {@code serverName}, installed here or found by the {@linkplain
   * #challengeLookup lookup}; null if there is none, and a server then does best not to select
   * {@code acme-tls/1}.
   */
  public @Nullable Credential challenge(String serverName) {
    String name = canonical(serverName);
    List<Credential> installed = challenges.get(name);
    Credential found = installed != null ? installed.get(0) : challengeLookup.apply(name);
    if (found != null && installed == null) {
      generations.mention(found);
    }
    return found;
  }

  /** Whether a challenge is installed here; those of other nodes are not counted. */
  public boolean hasChallenges() {
    return !challenges.isEmpty();
  }

  /** The credential that {@link Credential#alias()} names, even if it was replaced just now. */
  @Nullable Credential byAlias(String alias) {
    return generations.find(alias);
  }

  private @Nullable Offers installedFor(String name) {
    return isWildcard(name) ? wildcards.get(name.substring(2)) : exact.get(name);
  }

  private @Nullable Offers wildcard(String name) {
    if (wildcards.isEmpty()) {
      return null;
    }
    int dot = name.indexOf('.');
    return dot <= 0 ? null : wildcards.get(name.substring(dot + 1));
  }

  private void place(String name, Offer offer) {
    if (isWildcard(name)) {
      wildcards.compute(name.substring(2), (key, present) -> Offers.with(present, offer));
    } else {
      exact.compute(name, (key, present) -> Offers.with(present, offer));
    }
  }

  private void take(String name, String slot) {
    if (isWildcard(name)) {
      wildcards.computeIfPresent(
          name.substring(2), (key, present) -> Offers.without(present, slot));
    } else {
      exact.computeIfPresent(name, (key, present) -> Offers.without(present, slot));
    }
  }

  private static boolean isWildcard(String name) {
    return name.startsWith("*.");
  }

  private static Set<String> canonical(Collection<String> names) {
    Set<String> canonical = new LinkedHashSet<>();
    for (String name : names) {
      String lower = canonical(name);
      if (lower.isEmpty() || lower.lastIndexOf('*') > 0 || lower.equals("*")) {
        throw new IllegalArgumentException("no name that a visitor can ask for: \"" + name + "\"");
      }
      canonical.add(IpAddress.parse(lower).map(IpAddress::toString).orElse(lower));
    }
    if (canonical.isEmpty()) {
      throw new IllegalArgumentException("a credential is installed for at least one name");
    }
    return canonical;
  }

  /** Lower case without a dot at the end. Allocates nothing for names that are so already. */
  private static String canonical(String name) {
    int end = name.endsWith(".") ? name.length() - 1 : name.length();
    String undotted = end == name.length() ? name : name.substring(0, end);
    for (int i = 0; i < end; i++) {
      char c = undotted.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        return undotted.toLowerCase(Locale.ROOT);
      }
    }
    return undotted;
  }

  private static List<Credential> joined(Credential first, List<Credential> others) {
    Credential[] all = new Credential[others.size() + 1];
    all[0] = first;
    for (int i = 0; i < others.size(); i++) {
      all[i + 1] = others.get(i);
    }
    return List.of(all);
  }

  private static List<Credential> without(List<Credential> all, Credential one) {
    return all.stream().filter(other -> !other.equals(one)).toList();
  }
}
