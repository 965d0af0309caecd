package io.autotls.internal.issuer;

import io.autotls.KeyType;
import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.NewAccount;
import io.autotls.internal.config.EmailAddress;
import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The account at one CA, one for all nodes that share a storage.
 *
 * <p>The key is stored before the CA hears of it: whoever stores first wins, the others take that
 * key, and registering a key twice finds the same account (RFC 8555 §7.3.1). So a crash at any
 * moment, and any number of nodes that start together, end with one account.
 *
 * <p>A new key is stored beside the old one before the CA is asked to change them. If the answer is
 * lost, the CA is asked later which of the two it knows.
 */
final class Accounts {
  private static final String TITLE = "AutoTls ACME account";
  private static final String KEY_SECTION = "account key";
  private static final String NEXT_KEY_SECTION = "next account key";

  private final AcmeClient client;
  private final CaSettings ca;
  private final IssuerContext context;
  private final SecureRandom random;
  private final String id;
  private final String key;
  private @Nullable AcmeAccount known; // guarded by this; null until the storage or the CA told

  /**
   * What the storage has.
   *
   * @param url null until the CA has told it
   * @param next the key that the account has, or is about to get, if a change was cut off; else
   *     null
   */
  private record Stored(
      KeyPair keyPair, @Nullable URI url, @Nullable KeyPair next, Version version) {}

  Accounts(AcmeClient client, CaSettings ca, IssuerContext context, SecureRandom random) {
    this.client = client;
    this.ca = ca;
    this.context = context;
    this.random = random;
    this.id = contactId();
    this.key = "accounts/" + ca.id() + "/" + id;
  }

  /** Names the account, before it exists: the same on all nodes. */
  String id() {
    return id;
  }

  /** The account; registered first, if there is none yet. */
  synchronized AcmeAccount account() throws AcmeException, IOException {
    if (known == null) {
      Stored stored = settled(readOrCreate());
      known =
          stored.url() == null ? register(stored) : client.account(stored.keyPair(), stored.url());
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
    write(stored, stored.keyPair(), account.url(), next);
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
    return write(stored, isNew ? stored.next() : stored.keyPair(), stored.url(), null);
  }

  private Stored write(Stored before, KeyPair pair, @Nullable URI url, @Nullable KeyPair next)
      throws IOException {
    byte[] value = encode(pair, url, next);
    return new Stored(pair, url, next, context.storage().write(key, value, before.version()));
  }

  /**
   * The CA does not know the account any more. Registers the same key again: that finds the account
   * under another URL, or makes a new one, but never more than one.
   */
  synchronized AcmeAccount rediscover(AcmeAccount lost) throws AcmeException, IOException {
    if (known != null && !known.url().equals(lost.url())) {
      return known; // somebody did it meanwhile
    }
    known = null;
    known = register(settled(readOrCreate()));
    return known;
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
      write(stored, stored.keyPair(), account.url(), null);
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
    Storage storage = context.storage();
    try {
      Version version = storage.write(key, encode(pair, null, null), Version.NONE);
      return new Stored(pair, null, null, version);
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
    return Optional.of(new Stored(pair, same ? url : null, next, entry.get().version()));
  }

  private byte[] encode(KeyPair pair, @Nullable URI url, @Nullable KeyPair next) {
    Document.Writer writer =
        new Document.Writer(TITLE)
            .header("Directory", ca.directory())
            .header("Account-URL", url)
            .header("Contact", context.emails().isEmpty() ? null : contacts())
            .section(KEY_SECTION);
    Keys.write(writer, pair);
    if (next != null) {
      Keys.write(writer.section(NEXT_KEY_SECTION), next);
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
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(who.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
