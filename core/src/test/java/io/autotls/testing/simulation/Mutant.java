package io.autotls.testing.simulation;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Visibility;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import io.autotls.testing.simulation.Violation.Rule;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Deliberate bugs of the engine, each put where it shows first: between the engine and what it is
 * given. Seen from there, an engine with the bug cannot be told from a sound one behind the mutant.
 */
enum Mutant {
  /** A write that met a conflict is repeated with whatever version is there. */
  CONFLICT_IGNORED(Wiring.plain().withStorage(ConflictIgnored::new), Rule.values()),

  /** The key to be certified is not in the record yet when the order is finalized. */
  KEY_WRITTEN_AFTER_FINALIZE(
      rewriting(text -> without(text, "Section: pending")), Rule.STORED_BEFORE_FINALIZE),

  /** The order that is under way is kept in memory only. */
  ORDER_NOT_WRITTEN(
      rewriting(text -> text.replaceAll("Job-State-[a-z]+: .*\n", "")),
      Rule.STORED_BEFORE_FINALIZE,
      Rule.ORDERED_ONCE,
      Rule.NOT_BEFORE_TIME,
      Rule.SETTLES),

  /** An order that its CA cannot finish at the moment is dropped for another CA. */
  ORDER_NOT_LAID_ASIDE(
      Stress.SECOND_CA,
      rewriting(text -> text.replaceAll("Aside-[^:]+: .*\n", "")),
      Rule.ORDERED_ONCE,
      Rule.NOT_BEFORE_TIME),

  /** The credential that was in service is not kept beside its successor. */
  PREVIOUS_GENERATION_DROPPED(
      rewriting(text -> without(text, "Section: previous")), Rule.NOTHING_IS_OVERWRITTEN),

  /** A lease is held until its process ends. */
  LEASE_HELD_WHILE_WAITING(Wiring.plain().withStorage(LeaseKept::new), Rule.WAITING_HOLDS_NOTHING),

  /** A lease of somebody else is taken without waiting for its end. */
  LEASE_TAKEN_WITHOUT_WAITING(
      Wiring.plain().withStorage(LeaseTaken::new), Rule.LEASES_ARE_RESPECTED),

  /** A lease is released without a look at whose it is by now. */
  LEASE_OF_SOMEBODY_ELSE_RELEASED(
      Wiring.plain().withStorage(ForeignLeaseReleased::new), Rule.LEASES_ARE_RESPECTED),

  /** That a certificate is to be revoked is kept in memory only. */
  REVOCATION_NOT_WRITTEN(
      Stress.REVOCATIONS, Wiring.plain().withStorage(RevocationNotWritten::new), Rule.SETTLES),

  /** All who failed at the same time come back at the same time. */
  NO_JITTER(Wiring.plain().withRandom(NoJitter::new), Rule.RETRIES_ARE_SPREAD),

  /** What the CA suggested for one certificate decides about its successors too. */
  WINDOW_KEPT_BY_NAME(Wiring.plain().withIssuer(WindowKeptByName::new), Rule.NOT_BEFORE_TIME),

  /** A process that starts knows nothing of the time that the CA named. */
  RETRY_AFTER_FORGOTTEN_AT_RESTART(
      Stress.RESTARTS,
      Wiring.plain().withStorage(RetryAfterForgotten::new),
      Rule.RETRY_AFTER_IS_OBEYED),

  /** What one node met on its own way to the CA keeps every other one, and its successor, away. */
  OUTAGE_OF_ONE_HOLDS_FOR_ALL(
      Stress.RESTARTS, Wiring.plain().withStorage(OutageForAll::new), Rule.SETTLES),

  /** Orders go out without a look into the ledger. */
  LEDGER_SKIPPED(
      Stress.LIMITS, Wiring.plain().withIssuer(LedgerSkipped::new), Rule.LIMITS_ARE_KEPT),

  /** A step that may have been taken before is taken as if it were new. */
  LOST_ORDER_NOT_LOOKED_FOR(
      Wiring.plain().withIssuer(NeverResumed::new), Rule.ORDERED_ONCE, Rule.NOT_BEFORE_TIME),

  /** A certificate for tests takes the place of a real one. */
  STAGING_REPLACES_PRODUCTION(
      Stress.SECOND_CA, Wiring.plain().withIssuer(TrustedByAll::new), Rule.TRUST_NEVER_SINKS),

  /** A process that starts joins the chain with the key of the generation before, and trusts it. */
  KEY_OF_ANOTHER_GENERATION(
      Stress.RESTARTS,
      Wiring.plain().withStorage(KeysMixedUp::new),
      Rule.KEY_AND_CHAIN_BELONG_TOGETHER),

  /** Nobody says which name spoiled an attempt: then one that is dead takes the others with it. */
  DEAD_NAMES_NOT_BLAMED(
      Stress.DEAD_NAMES, Wiring.plain().withIssuer(NobodyBlamed::new), Rule.SETTLES),

  /** Which names are left out is kept in memory only: no other node knows, nor the next process. */
  NAMES_LEFT_OUT_NOT_WRITTEN(
      Stress.DEAD_NAMES,
      rewriting(text -> text.replaceAll("Names-Left-Out: .*\n", "")),
      Rule.SETTLES),

  /** A server that does not listen yet is taken for none at all. */
  NOT_READY_IS_A_VERDICT(
      Stress.BOOTS,
      Wiring.plain().withIssuer(NotReadyIsAVerdict::new),
      Rule.NO_VERDICT_WITHOUT_CAUSE),

  /** A node looks whether it can take a step only after it has the lease. */
  UNREADY_NODE_TAKES_THE_LEASE(
      Stress.BOOTS, Wiring.plain().withIssuer(AlwaysReady::new), Rule.READY_NODE_GOES_FIRST),

  /** What a node meets when it is stopped is written down, and everybody waits for that. */
  STOPPING_NODE_WRITES(
      Stress.BOOTS, Wiring.plain().withIssuer(WaitsForItsEnd::new), Rule.SETTLES_SOON),

  /** A validation that found nobody is told to a person, who is to open a port. */
  INTERRUPTION_IS_A_VERDICT(
      Stress.BOOTS,
      Wiring.plain().withIssuer(NeverInterrupted::new),
      Rule.NO_VERDICT_WITHOUT_CAUSE),

  /** Nobody remembers that certificates were replaced young: nodes with other clocks take turns. */
  HASTE_FORGOTTEN(
      Stress.CLOCKS,
      rewriting(
          text -> text.replaceAll("Renewal-Replaced-Young: \\d+", "Renewal-Replaced-Young: 0")),
      Rule.ORDERS_END),

  /** A watch is believed, whatever it says of itself. */
  WATCH_BELIEVED(
      Stress.WATCHES,
      Wiring.plain().withStorage(WatchBelieved::new),
      Rule.NEWS_IS_FOLLOWED,
      Rule.SETTLES),

  /** What a newer version stored is dropped by whoever does not know it. */
  UNKNOWN_HEADER_DROPPED(
      Stress.UPGRADES,
      rewriting(text -> text.replaceAll("Newer-Version: .*\n", "")),
      Rule.NEWER_VERSIONS_ARE_RESPECTED),

  /** A record that a newer version wrote is written as if its form were known. */
  NEWER_FORM_IGNORED(
      Stress.UPGRADES,
      Wiring.plain().withStorage(NewerFormIgnored::new),
      Rule.NEWER_VERSIONS_ARE_RESPECTED),

  /** What other nodes write is never noticed. */
  NEWS_MISSED(Wiring.plain().withStorage(NewsMissed::new), Rule.values()),

  /** The answer for a name takes the place of another one, whoever needs that. */
  CHALLENGE_KEYED_BY_NAME(
      Stress.CHALLENGES, Wiring.plain().withStorage(PlaceTaken::new), Rule.NO_VALIDATION_IS_LOST),

  /** The CA is told to look as soon as the answers are published. */
  SETTLE_SKIPPED(
      Stress.CHALLENGES, Wiring.plain().withIssuer(SettleSkipped::new), Rule.NO_VALIDATION_IS_LOST),

  /** A step that asks whether answers can be seen has the turn of the CA, and asks all the time. */
  SETTLE_HOLDS_ITS_SLOT(
      Stress.CHALLENGES, Wiring.plain().withIssuer(SettleHolds::new), Rule.SETTLING_HOLDS_NOTHING),

  /** Nobody looks for what a crash left behind. */
  LEFTOVERS_IGNORED(
      Stress.CHALLENGES,
      Wiring.plain().withStorage(LeftoversIgnored::new),
      Rule.NOTHING_IS_LEFT_BEHIND);

  private final Stress stress;
  private final Wiring wiring;
  private final Set<Rule> shows;

  Mutant(Wiring wiring, Rule... shows) {
    this(Stress.EVERYTHING, wiring, shows);
  }

  Mutant(Stress stress, Wiring wiring, Rule... shows) {
    this.stress = stress;
    this.wiring = wiring;
    this.shows = Set.of(shows);
  }

  /** What a schedule should have more of, to make it show soon. */
  Stress stress() {
    return stress;
  }

  Wiring wiring() {
    return wiring;
  }

  /** The promises that it breaks; any of them gives it away. */
  Set<Rule> shows() {
    return shows;
  }

  private static Wiring rewriting(UnaryOperator<String> edit) {
    return Wiring.plain().withStorage(storage -> new Rewriting(storage, edit));
  }

  /** A record without the section of that title. */
  private static String without(String text, String title) {
    int from = text.indexOf(title);
    if (from < 0) {
      return text;
    }
    int next = text.indexOf("\nSection: ", from);
    int to = next >= 0 ? next + 1 : text.indexOf("\nEnd of ", from) + 1;
    return text.substring(0, from) + text.substring(to);
  }

  private static final class Rewriting extends DecoratedStorage {
    private final UnaryOperator<String> edit;

    private Rewriting(Storage storage, UnaryOperator<String> edit) {
      super(storage);
      this.edit = edit;
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return storage.write(key, isRecord(key) ? edited(value) : value, expected);
    }

    private byte[] edited(byte[] value) {
      return edit.apply(new String(value, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }
  }

  private static final class ConflictIgnored extends DecoratedStorage {
    private ConflictIgnored(Storage storage) {
      super(storage);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      try {
        return storage.write(key, value, expected);
      } catch (ConflictException e) {
        return storage.write(key, value, present(key));
      }
    }
  }

  private static final class LeaseKept extends DecoratedStorage {
    private LeaseKept(Storage storage) {
      super(storage);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return isLease(key) || storage.delete(key, expected);
    }
  }

  private static final class LeaseTaken extends DecoratedStorage {
    private LeaseTaken(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      return isLease(key) ? Optional.empty() : storage.read(key);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      boolean takes = isLease(key) && expected.equals(Version.NONE);
      return storage.write(key, value, takes ? present(key) : expected);
    }
  }

  private static final class ForeignLeaseReleased extends DecoratedStorage {
    private ForeignLeaseReleased(Storage storage) {
      super(storage);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return storage.delete(key, isLease(key) ? present(key) : expected);
    }
  }

  private static final class NoJitter extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final SecureRandom random;

    private NoJitter(SecureRandom random) {
      this.random = random;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }

    @Override
    public double nextDouble() {
      return 0.5;
    }
  }

  private static final class WindowKeptByName extends DecoratedIssuer {
    private final Map<String, RenewalWindow> windows = new HashMap<>();

    private WindowKeptByName(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Optional<RenewalWindow> renewalWindow(X509Certificate certificate)
        throws IssuerException, IOException {
      String name = certificate.getSubjectX500Principal().getName();
      RenewalWindow known = windows.get(name);
      if (known != null) {
        return Optional.of(known);
      }
      Optional<RenewalWindow> window = issuer.renewalWindow(certificate);
      window.ifPresent(one -> windows.put(name, one));
      return window;
    }
  }

  private static final class RevocationNotWritten extends DecoratedStorage {
    private RevocationNotWritten(Storage storage) {
      super(storage);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return key.name().startsWith("revocations/")
          ? new Version("never-written")
          : storage.write(key, value, expected);
    }
  }

  private static final class RetryAfterForgotten extends DecoratedStorage {
    private final Set<Key> written = new HashSet<>(); // by this process

    private RetryAfterForgotten(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      Optional<Entry> entry = storage.read(key);
      return isRecord(key) && !written.contains(key)
          ? entry.map(one -> Entry.of(forgetful(one.value()), one.version()))
          : entry;
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      written.add(key);
      return storage.write(key, value, expected);
    }

    private static byte[] forgetful(byte[] value) {
      return new String(value, StandardCharsets.UTF_8)
          .replaceAll("Job-Due: .*\n", "Job-Due: 2000-01-01T00:00:00Z\n")
          .replaceAll("(Hold-[^:]+: \\d+) \\S+", "$1 2000-01-01T00:00:00Z")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private static final class OutageForAll extends DecoratedStorage {
    private OutageForAll(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      Optional<Entry> entry = storage.read(key);
      return isOutage(key)
          ? entry.map(one -> Entry.of(forEver(one.value()), one.version()))
          : entry;
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return isOutage(key) || storage.delete(key, expected);
    }

    private static byte[] forEver(byte[] value) {
      return new String(value, StandardCharsets.UTF_8)
          .replaceAll("Until: .*\n", "Until: 2036-11-24T00:00:00Z\n")
          .replace("GUESSED_BY_NODE", "NAMED_BY_CA")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private static final class LedgerSkipped extends DecoratedIssuer {
    private LedgerSkipped(Issuer issuer) {
      super(issuer);
    }

    @Override
    public void start(IssuerContext context) {
      issuer.start(
          (IssuerContext)
              Proxy.newProxyInstance(
                  Mutant.class.getClassLoader(),
                  new Class<?>[] {IssuerContext.class},
                  (proxy, method, arguments) ->
                      method.getName().equals("admit") ? null : method.invoke(context, arguments)));
    }
  }

  private static final class PlaceTaken extends DecoratedStorage {
    private PlaceTaken(Storage storage) {
      super(storage);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      boolean takes = key.name().startsWith("challenges/place-01/");
      return storage.write(key, value, takes ? present(key) : expected);
    }
  }

  private static final class SettleSkipped extends DecoratedIssuer {
    private SettleSkipped(Issuer issuer) {
      super(issuer);
    }

    @Override
    public void start(IssuerContext context) {
      issuer.start(
          (IssuerContext)
              Proxy.newProxyInstance(
                  Mutant.class.getClassLoader(),
                  new Class<?>[] {IssuerContext.class},
                  (proxy, method, arguments) -> {
                    try {
                      Object result = method.invoke(context, arguments);
                      return result instanceof Visibility.NotYet ? Visibility.visible() : result;
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  }));
    }
  }

  private static final class SettleHolds extends DecoratedIssuer {
    private SettleHolds(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      Progress progress = issuer.advance(work);
      return progress instanceof Progress.Continue next && next.asks() == Progress.Asks.SOLVERS
          ? new Progress.Continue(next.state(), next.stage(), Duration.ofSeconds(1))
          : progress;
    }
  }

  private static final class LeftoversIgnored extends DecoratedStorage {
    private LeftoversIgnored(Storage storage) {
      super(storage);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      boolean hidden = prefix.text().equals("challenges/") || prefix.text().equals("cleanup/");
      return hidden ? Listing.of(List.of()) : storage.list(prefix);
    }
  }

  private static final class NeverResumed extends DecoratedIssuer {
    private NeverResumed(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      Issuance.Builder fresh =
          Issuance.builder(work.specId(), work.names(), work.keyPair())
              .state(work.state())
              .attempt(work.attempt());
      work.predecessor().ifPresent(before -> fresh.replaces(before, work.reason()));
      return issuer.advance(fresh.build());
    }
  }

  private static final class NobodyBlamed extends DecoratedIssuer {
    private NobodyBlamed(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      try {
        return issuer.advance(work);
      } catch (IssuerException e) {
        throw new IssuerException(
            e.reaction(), e.getMessage(), e.advice(), e.retryAfter().orElse(null), e);
      }
    }
  }

  private static class AlwaysReady extends DecoratedIssuer {
    private AlwaysReady(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Readiness readiness(List<String> names, Map<String, String> state) {
      return Readiness.ready();
    }
  }

  private static final class NotReadyIsAVerdict extends AlwaysReady {
    private NotReadyIsAVerdict(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      Progress progress = issuer.advance(work);
      if (progress instanceof Progress.Blocked blocked) {
        throw new IssuerException(Reaction.OPERATOR, blocked.reason(), "add a solver.", null);
      }
      return progress;
    }
  }

  private static final class WaitsForItsEnd extends DecoratedIssuer {
    private WaitsForItsEnd(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      try {
        return issuer.advance(work);
      } catch (IssuerException e) {
        if (e.getMessage().contains("the process stops")) {
          return new Progress.Continue(work.state(), IssuanceStage.WAITING, Duration.ofDays(1));
        }
        throw e;
      }
    }
  }

  private static final class NeverInterrupted extends DecoratedIssuer {
    private NeverInterrupted(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      try {
        return issuer.advance(work);
      } catch (IssuerException e) {
        if (e.reaction() == Reaction.INTERRUPTED) {
          throw new IssuerException(Reaction.OPERATOR, e.getMessage(), "open port 80.", e);
        }
        throw e;
      }
    }
  }

  private static final class TrustedByAll extends DecoratedIssuer {
    private TrustedByAll(Issuer issuer) {
      super(issuer);
    }

    @Override
    public Trust trust() {
      return Trust.PUBLIC;
    }
  }

  /**
   * Reads like a store that keeps keys and chains apart and is caught between two writes. Such a
   * record alone is refused; this one also has the digest by which AutoTls knows what it has
   * checked before.
   */
  private static final class KeysMixedUp extends DecoratedStorage {
    private static final Pattern BLOCK =
        Pattern.compile("-----BEGIN (PRIVATE KEY|CERTIFICATE)-----([^-]*)-----END [A-Z ]+-----");

    private final Set<Key> read = new HashSet<>(); // by this process

    private KeysMixedUp(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      Optional<Entry> entry = storage.read(key);
      return isRecord(key) && entry.isPresent() && read.add(key)
          ? entry.map(one -> Entry.of(mixedUp(one.value()), one.version()))
          : entry;
    }

    private static byte[] mixedUp(byte[] value) {
      String text = new String(value, StandardCharsets.UTF_8);
      int current = text.indexOf("Section: current");
      int previous = text.indexOf("Section: previous");
      if (current < 0 || previous < 0) {
        return value;
      }
      MatchResult key = blocks(text.substring(previous), "PRIVATE KEY").get(0);
      String section = text.substring(current, previous);
      MatchResult own = blocks(section, "PRIVATE KEY").get(0);
      MessageDigest digest = sha256();
      digest.update(der(key));
      blocks(section, "CERTIFICATE").forEach(block -> digest.update(der(block)));
      return text.replace(section, section.replace(own.group(2), key.group(2)))
          .replaceFirst(
              "Current-Digest: .*", "Current-Digest: " + HexFormat.of().formatHex(digest.digest()))
          .getBytes(StandardCharsets.UTF_8);
    }

    private static List<MatchResult> blocks(String text, String label) {
      return BLOCK.matcher(text).results().filter(block -> block.group(1).equals(label)).toList();
    }

    private static byte[] der(MatchResult block) {
      return Base64.getMimeDecoder().decode(block.group(2));
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }

  private static final class WatchBelieved extends DecoratedStorage {
    private WatchBelieved(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
      Watch watch = storage.watch(prefix, withoutLosses(listener)).orElse(() -> {});
      return Optional.of(
          new Watch() {
            @Override
            public boolean isReliable() {
              return true;
            }

            @Override
            public void close() {
              watch.close();
            }
          });
    }

    private static WatchListener withoutLosses(WatchListener listener) {
      return new WatchListener() {
        @Override
        public void changed(EntryInfo entry) {
          listener.changed(entry);
        }

        @Override
        public void lost() {}

        @Override
        public void ended(Throwable cause) {}
      };
    }
  }

  private static final class NewerFormIgnored extends DecoratedStorage {
    private NewerFormIgnored(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      return storage.read(key).map(one -> Entry.of(ofToday(one.value()), one.version()));
    }

    private static byte[] ofToday(byte[] value) {
      return new String(value, StandardCharsets.UTF_8)
          .replace("\nFormat: 2.0\n", "\nFormat: 1.0\n")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private static final class NewsMissed extends DecoratedStorage {
    private final Map<Key, Entry> seen = new HashMap<>();

    private NewsMissed(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      Entry known = isRecord(key) ? seen.get(key) : null;
      if (known != null) {
        return Optional.of(known);
      }
      Optional<Entry> entry = storage.read(key);
      entry.filter(one -> isRecord(key)).ifPresent(one -> seen.put(key, one));
      return entry;
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      seen.remove(key);
      return storage.write(key, value, expected);
    }
  }
}
