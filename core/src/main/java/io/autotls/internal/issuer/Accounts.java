package io.autotls.internal.issuer;

import io.autotls.AutoTls;
import io.autotls.KeyType;
import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.NewAccount;
import io.autotls.acme.ProblemType;
import io.autotls.internal.config.EmailAddress;
import io.autotls.internal.issuer.CaSettings.ClosedAccount;
import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.internal.text.Sha256;
import io.autotls.internal.text.Unknown;
import io.autotls.internal.text.Vocabulary;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Key;
import io.autotls.spi.Version;
import java.io.IOException;
import java.net.URI;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The account at one CA, one for all nodes that share a storage.
 *
 * <p>The key is stored before the CA hears of it: whoever stores first wins, the others take that
 * key, and registering a key twice finds the same account (RFC 8555 §7.3.1). So a crash at any
 * moment, and any number of nodes that start together, end with one account.
 *
 * <p>An account that the CA has closed is never replaced silently: a person agrees beforehand
 * ({@link ClosedAccount#REPLACE}) or when it has happened ({@link #replace}). Until then the CA is
 * asked about it once a week.
 *
 * <p>A new key is stored beside the old one before the CA is asked to change them. If the answer is
 * lost, the CA is asked later which of the two it knows.
 */
final class Accounts {
  private static final Logger log = LoggerFactory.getLogger(AutoTls.class);

  private static final String TITLE = "AutoTls ACME account";
  private static final String KEY_SECTION = "account key";
  private static final String NEXT_KEY_SECTION = "next account key";
  private static final String PREVIOUS_KEY_SECTION = "previous account key";

  private static final Vocabulary KNOWN =
      Vocabulary.of(
          Set.of("Directory", "Account-URL", "Contact", "Replaced-At"),
          Set.of(KEY_SECTION, NEXT_KEY_SECTION, PREVIOUS_KEY_SECTION));

  /**
   * A CA that closed an account, and then its successor at once, means something by it. And one
   * that was asked about a closed account is not asked again for so long.
   */
  private static final Duration CLOSED_STAYS_CLOSED = Duration.ofDays(7);

  private final AcmeClient client;
  private final CaSettings ca;
  private final IssuerContext context;
  private final SecureRandom random;
  private final String id;
  private final Key key;
  private @Nullable AcmeAccount known; // guarded by this; null until the storage or the CA told
  private @Nullable Closed closed; // guarded by this; null as long as the CA said no such thing

  /**
   * What the storage has.
   *
   * @param url null until the CA has told it
   * @param next the key that the account has, or is about to get, if a change was cut off; else
   *     null
   * @param replaced the account before this one; null if there was none
   * @param unknown what nodes of a newer version wrote besides
   */
  private record Stored(
      KeyPair keyPair,
      @Nullable URI url,
      @Nullable KeyPair next,
      @Nullable Replaced replaced,
      Unknown unknown,
      Version version) {
    static Stored created(KeyPair pair) {
      return new Stored(pair, null, null, null, Unknown.NONE, Version.NONE);
    }

    Stored replacedBy(KeyPair pair, Instant now) {
      return new Stored(pair, null, null, new Replaced(keyPair, now), unknown, version);
    }

    Stored with(KeyPair pair, @Nullable URI to, @Nullable KeyPair another) {
      return new Stored(pair, to, another, replaced, unknown, version);
    }

    Stored at(Version now) {
      return new Stored(keyPair, url, next, replaced, unknown, now);
    }
  }

  /** An account that the CA had closed; its key is kept, for it may still be asked for. */
  private record Replaced(KeyPair keyPair, Instant at) {}

  /** What the CA said about the account with this key, and when. */
  private record Closed(PublicKey key, Instant at, String saying) {}

  Accounts(AcmeClient client, CaSettings ca, IssuerContext context, SecureRandom random) {
    this.client = client;
    this.ca = ca;
    this.context = context;
    this.random = random;
    this.id = contactId();
    this.key = Key.ofSegments("accounts", ca.id(), id);
  }

  /** Names the account, before it exists: the same on all nodes. */
  String id() {
    return id;
  }

  /** The account; registered first, if there is none yet. */
  synchronized AcmeAccount account() throws AcmeException, IOException {
    if (known == null) {
      Stored stored = readOrCreate();
      checkNotClosed(stored);
      Stored settled = settled(stored);
      known =
          settled.url() == null
              ? register(settled)
              : client.account(settled.keyPair(), settled.url());
    }
    return known;
  }

  /**
   * Takes over what the storage has, if that is another account or key than the one in memory:
   * another node has changed it.
   */
  synchronized boolean adoptStored() throws AcmeException, IOException {
    AcmeAccount before = known;
    known = null;
    AcmeAccount now = account();
    if (before != null
        && now.url().equals(before.url())
        && now.keyThumbprint().equals(before.keyThumbprint())) {
      known = before; // with all that is known of its orders
      return false;
    }
    return before != null;
  }

  /** Gives the account another key. */
  synchronized void changeKey() throws AcmeException, IOException {
    AcmeAccount account = account();
    Stored stored = read().orElseThrow(() -> new IOException("the account is gone: " + key));
    KeyPair next = Keys.generate(KeyType.EC_P256, random);
    write(stored.with(stored.keyPair(), account.url(), next));
    known = null; // whatever happens now, the storage and the CA know better
    account.changeKey(next);
    account();
  }

  /** Ends a change of keys: the CA knows one of the two. */
  private Stored settled(Stored stored) throws AcmeException, IOException {
    if (stored.next() == null) {
      return stored;
    }
    Optional<URI> changed = client.findAccount(stored.next()).map(AcmeAccount::url);
    boolean isNew = changed.isPresent() && changed.equals(Optional.ofNullable(stored.url()));
    return write(stored.with(isNew ? stored.next() : stored.keyPair(), stored.url(), null));
  }

  private Stored write(Stored next) throws IOException {
    if (!next.unknown().mayBeWritten()) {
      throw new IOException(
          "the account "
              + key
              + " was written by a newer version of AutoTls and cannot be changed by this one;"
              + " update AutoTls on this node");
    }
    return next.at(context.storage().write(key, encode(next), next.version()));
  }

  /** Asks nothing about an account that the CA has closed, until somebody changed it. */
  private void checkNotClosed(Stored stored) throws AccountClosedException {
    if (closed == null) {
      return;
    }
    boolean same = stored.keyPair().getPublic().equals(closed.key());
    if (!same || isLongerAgo(closed.at())) {
      closed = null;
    } else {
      throw new AccountClosedException(closed.saying());
    }
  }

  private boolean isLongerAgo(Instant then) {
    Duration age = Duration.between(then, context.time().instant());
    return age.isNegative() || age.compareTo(CLOSED_STAYS_CLOSED) > 0;
  }

  /**
   * The CA does not know the account any more, or does not let it order. Looks for the key: that
   * finds the account under another URL, or says that it is closed. If there is none the same key
   * is registered again, so there is never more than one.
   */
  synchronized AcmeAccount rediscover(AcmeAccount lost) throws AcmeException, IOException {
    if (known != null && !known.url().equals(lost.url())) {
      return known; // somebody did it meanwhile
    }
    known = null;
    Stored stored = settled(readOrCreate());
    Optional<AcmeAccount> found;
    try {
      found = client.findAccount(stored.keyPair());
    } catch (AcmeProblemException e) {
      if (e.type() != ProblemType.UNAUTHORIZED) {
        throw e;
      }
      known = inPlaceOfClosed(stored, e);
      return known;
    }
    if (found.isEmpty()) {
      known = register(stored);
    } else {
      known = found.get();
      if (!known.url().equals(stored.url())) {
        write(stored.with(stored.keyPair(), known.url(), null));
      }
    }
    return known;
  }

  private AcmeAccount inPlaceOfClosed(Stored stored, AcmeProblemException refusal)
      throws AcmeException, IOException {
    boolean again = stored.replaced() != null && !isLongerAgo(stored.replaced().at());
    if (ca.onClosedAccount() == ClosedAccount.REPLACE && !again) {
      return replace(stored);
    }
    String saying =
        (again
                ? "The account that replaced a closed one is closed too: "
                : "The account is closed: ")
            + refusal.getMessage();
    closed = new Closed(stored.keyPair().getPublic(), context.time().instant(), saying);
    throw new AccountClosedException(saying);
  }

  /** Makes another account, by the word of a person, and keeps the key of the present one. */
  synchronized AcmeAccount replace() throws AcmeException, IOException {
    known = null;
    closed = null;
    known = replace(readOrCreate());
    return known;
  }

  private AcmeAccount replace(Stored stored) throws AcmeException, IOException {
    KeyPair pair = Keys.generate(KeyType.EC_P256, random);
    AcmeAccount account = register(write(stored.replacedBy(pair, context.time().instant())));
    log.warn(
        "{}: a new account was registered in place of {}. CAA records that name the account"
            + " (accounturi) have to be changed to {}.",
        ca.displayName(),
        stored.url() == null ? "one without a URL" : stored.url(),
        account.url());
    return account;
  }

  private AcmeAccount register(Stored stored) throws AcmeException, IOException {
    NewAccount.Builder request = NewAccount.builder();
    context.emails().forEach(email -> request.contact(EmailAddress.mailto(email)));
    if (context.termsOfServiceAgreed()) {
      request.termsOfServiceAgreed();
    }
    if (ca.binding() != null) {
      request.externalAccountBinding(ca.binding());
    }
    AcmeAccount account = client.register(stored.keyPair(), request.build());
    try {
      write(stored.with(stored.keyPair(), account.url(), null));
    } catch (ConflictException e) {
      // Another node registered the same key at the same moment, and so got the same account.
    }
    return account;
  }

  private Stored readOrCreate() throws IOException {
    Optional<Stored> stored = read();
    if (stored.isPresent()) {
      return stored.get();
    }
    KeyPair pair = Keys.generate(KeyType.EC_P256, random);
    try {
      return write(Stored.created(pair));
    } catch (ConflictException e) {
      return read().orElseThrow(() -> new IOException("the account came and went: " + key));
    }
  }

  private Optional<Stored> read() throws IOException {
    Optional<Entry> entry = context.storage().read(key);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    Document document = Document.parse(entry.get().value());
    KeyPair pair =
        Keys.read(document, KEY_SECTION)
            .orElseThrow(
                () ->
                    new IOException(
                        "the entry "
                            + key
                            + " in "
                            + context.storage().location()
                            + " holds no account key; bring it back from a backup, or remove it to"
                            + " register a new account"));
    URI url = document.header("Account-URL").map(URI::create).orElse(null);
    boolean same = document.header("Directory").equals(Optional.of(ca.directory().toString()));
    KeyPair next = Keys.read(document, NEXT_KEY_SECTION).orElse(null);
    return Optional.of(
        new Stored(
            pair,
            same ? url : null,
            next,
            replaced(document),
            document.unknown(KNOWN),
            entry.get().version()));
  }

  private static @Nullable Replaced replaced(Document document) {
    KeyPair pair = Keys.read(document, PREVIOUS_KEY_SECTION).orElse(null);
    String at = document.header("Replaced-At").orElse(null);
    try {
      return pair == null || at == null ? null : new Replaced(pair, Instant.parse(at));
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private byte[] encode(Stored stored) {
    Replaced replaced = stored.replaced();
    Document.Writer writer =
        new Document.Writer(TITLE)
            .keeping(stored.unknown())
            .header("Directory", ca.directory())
            .header("Account-URL", stored.url())
            .header("Contact", context.emails().isEmpty() ? null : contacts())
            .header("Replaced-At", replaced == null ? null : replaced.at())
            .section(KEY_SECTION);
    Keys.write(writer, stored.keyPair());
    if (stored.next() != null) {
      Keys.write(writer.section(NEXT_KEY_SECTION), stored.next());
    }
    if (replaced != null) {
      Keys.write(writer.section(PREVIOUS_KEY_SECTION), replaced.keyPair());
    }
    return writer.toBytes();
  }

  private String contacts() {
    return String.join(",", context.emails());
  }

  /** Two contacts are two accounts, and so are two bindings. */
  private String contactId() {
    String who = contacts() + (ca.binding() == null ? "" : "\n" + ca.binding().keyId());
    if (who.isEmpty()) {
      return "default";
    }
    return Sha256.hex(who, 8);
  }
}
