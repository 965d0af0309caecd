package io.autotls.tls;

import io.autotls.tls.Offers.Offer;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Names to credentials, in memory: what handshakes read.
 *
 * <p>A visitor gets the credential of the exact name, else that of the wildcard one label up, else
 * the default, else the {@linkplain #placeholder placeholder}. The default is what visitors of the
 * {@linkplain #defaultName default name} get; without one, those of the slot with the name that
 * comes first in the {@linkplain #defaultOrder order}, so that it does not depend on what was
 * installed first. Where several slots have the same name, such as one with an ECDSA key and one
 * with an RSA key, the visitor's TLS decides by the kind of key, and among equals the one that is
 * valid longest is served.
 *
 * <p>Who names no host came by an address, since SNI knows none (RFC 6066 §3). Where the local
 * address of the connection is known, its credential is served. Behind NAT that is not the address
 * which the visitor knows; then, and where it is not known, whoever names no host gets the
 * credential of the address that comes first, unless a default name is set.
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
  private volatile @Nullable Slot firstSlot; // null while nothing is installed
  private volatile @Nullable Slot addressSlot; // null while nothing is installed for an address
  private volatile @Nullable String defaultName; // null unless set

  private final Object changes = new Object(); // guards all below
  private final Map<String, Slot> slots = new HashMap<>();
  private final NavigableMap<Place, Slot> inOrder = new TreeMap<>(Place.ORDER);
  private final NavigableMap<Place, Slot> addressed = new TreeMap<>(Place.ORDER);
  private Map<String, Integer> order = Map.of(); // of the names; empty unless set
  private @Nullable String chosen; // the slot that somebody made the default
  private long arrivals;

  /** Whether a credential is for its names only, or for visitors of unknown names as well. */
  public enum Placement {
    /** Served for its names only, unless it comes first. */
    BY_NAME,
    /** Served for its names, and to visitors who name no host or an unknown one. */
    AS_DEFAULT,
    /** Served for those of its names that nothing else is installed for: it is not valid yet. */
    IF_NOTHING_ELSE
  }

  private record Slot(
      String id, Set<String> names, Credential credential, Offers own, Place place) {}

  /** Where a slot stands in the line for the default. */
  private record Place(int preference, long arrival) {
    static final Comparator<Place> ORDER =
        Comparator.comparingInt(Place::preference).thenComparingLong(Place::arrival);
  }

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
    Offer offer = new Offer(slot, credential, placement);
    Set<String> served = canonical(names);
    synchronized (changes) {
      Slot previous = slots.get(slot);
      long arrival = previous != null ? previous.place().arrival() : arrivals++;
      Place place = new Place(preference(served), arrival);
      Slot next = new Slot(slot, served, credential, Offers.with(null, offer), place);
      generations.retain(credential);
      served.forEach(name -> place(name, offer));
      if (placement == Placement.AS_DEFAULT) {
        chosen = slot;
      }
      replace(previous, next);
      if (previous != null) {
        previous.names().stream()
            .filter(name -> !served.contains(name))
            .forEach(name -> take(name, slot));
        generations.release(previous.credential());
      }
    }
  }

  /**
   * Forgets what {@code slot} had; an unknown slot is no error. If it was the default, the one that
   * comes first of the others is.
   */
  public void remove(String slot) {
    synchronized (changes) {
      Slot previous = slots.get(slot);
      if (previous == null) {
        return;
      }
      if (slot.equals(chosen)) {
        chosen = null;
      }
      replace(previous, null);
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
      if (!slots.containsKey(slot)) {
        throw new IllegalArgumentException("nothing is installed in slot \"" + slot + "\"");
      }
      chosen = slot;
      chooseFirst();
    }
  }

  /**
   * Says whose credential is the default: of all that is installed, the one with the name that
   * comes first here; what has none of these names comes after them, the earliest installed first.
   * Without this call that is the order of all.
   */
  public void defaultOrder(List<String> names) {
    Map<String, Integer> ranks = new HashMap<>();
    canonical(names).forEach(name -> ranks.put(name, ranks.size()));
    synchronized (changes) {
      order = ranks;
      inOrder.clear();
      addressed.clear();
      List.copyOf(slots.values()).forEach(slot -> replace(slot, reordered(slot)));
    }
  }

  /**
   * Treats visitors who name no host, or an unknown one, as those of {@code name}, whenever
   * something is installed for it.
   */
  public void defaultName(String name) {
    defaultName = canonical(List.of(name)).iterator().next();
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
    // A name that is known with another kind of key must not fall through to somebody else's.
    Offers named = serverName == null ? null : named(canonical(serverName));
    return named != null ? named : forStrangers();
  }

  /**
   * What there is for a visitor who names no host.
   *
   * @param hint where the connection came to, if that is known: an address, or perhaps a name
   */
  @Nullable Offers offersUnnamed(@Nullable String hint) {
    Offers hinted = hint == null ? null : named(canonical(hint));
    if (hinted != null) {
      return hinted;
    }
    Slot slot = chosenDefault() == null ? addressSlot : null;
    return slot == null ? forStrangers() : present(slot, addresses(slot).findFirst().orElseThrow());
  }

  private @Nullable Offers named(String name) {
    Offers found = exact.get(name);
    return found != null ? found : wildcard(name);
  }

  private @Nullable Offers forStrangers() {
    Offers chosen = chosenDefault();
    Slot slot = firstSlot;
    if (chosen != null) {
      return chosen;
    }
    return slot == null ? placeholder.offers() : present(slot, slot.names().iterator().next());
  }

  private @Nullable Offers chosenDefault() {
    String name = defaultName;
    return name == null ? null : isWildcard(name) ? installedFor(name) : named(name);
  }

  /** All that is offered for one name of a slot, by its twins with other kinds of key too. */
  private Offers present(Slot slot, String name) {
    Offers twins = installedFor(name);
    return twins != null ? twins : slot.own(); // the slot was replaced just now
  }

  private static Stream<String> addresses(Slot slot) {
    return slot.names().stream().filter(name -> IpAddress.parse(name).isPresent());
  }

  private int preference(Set<String> names) {
    return names.stream()
        .mapToInt(name -> order.getOrDefault(name, Integer.MAX_VALUE))
        .min()
        .orElse(Integer.MAX_VALUE);
  }

  private Slot reordered(Slot slot) {
    Place place = new Place(preference(slot.names()), slot.place().arrival());
    return new Slot(slot.id(), slot.names(), slot.credential(), slot.own(), place);
  }

  private void replace(@Nullable Slot previous, @Nullable Slot next) {
    if (previous != null) {
      slots.remove(previous.id());
      inOrder.remove(previous.place());
      addressed.remove(previous.place());
    }
    if (next != null) {
      slots.put(next.id(), next);
      inOrder.put(next.place(), next);
      if (addresses(next).findFirst().isPresent()) {
        addressed.put(next.place(), next);
      }
    }
    chooseFirst();
  }

  private void chooseFirst() {
    Slot said = chosen == null ? null : slots.get(chosen);
    firstSlot = said != null ? said : first(inOrder);
    addressSlot = said != null ? null : first(addressed);
  }

  private static @Nullable Slot first(NavigableMap<Place, Slot> line) {
    return line.isEmpty() ? null : line.firstEntry().getValue();
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
   * Says where to look for challenges that another node began. What is found there goes before what
   * was {@linkplain #installChallenge installed} here: another node may have gone on with the work
   * since. The lookup is called on the thread of a handshake for {@code acme-tls/1}, never for
   * other visitors. It gets the name in lower case, must return soon, and returns null for "none".
   */
  public void challengeLookup(Function<String, @Nullable Credential> lookup) {
    challengeLookup = Objects.requireNonNull(lookup, "lookup");
  }

  /**
   * The challenge certificate for {@code serverName}, found by the {@linkplain #challengeLookup
   * lookup} or installed here; null if there is none, and a server then does best not to select
   * {@code acme-tls/1}.
   */
  public @Nullable Credential challenge(String serverName) {
    String name = canonical(serverName);
    Credential found = challengeLookup.apply(name);
    if (found != null) {
      generations.mention(found);
      return found;
    }
    List<Credential> installed = challenges.get(name);
    return installed == null ? null : installed.get(0);
  }

  /** The same for those who may only read it. */
  public KeyringView view() {
    return new KeyringView(this);
  }

  /** The challenge side of this keyring, for the one that answers TLS-ALPN-01. */
  public ChallengeCertificates challengeCertificates() {
    return new ChallengeCertificates() {
      @Override
      public void install(String serverName, Credential certificate) {
        installChallenge(serverName, certificate);
      }

      @Override
      public void remove(String serverName, Credential certificate) {
        removeChallenge(serverName, certificate);
      }

      @Override
      public void lookup(Function<String, @Nullable Credential> lookup) {
        challengeLookup(lookup);
      }
    };
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
