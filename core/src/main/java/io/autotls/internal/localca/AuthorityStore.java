package io.autotls.internal.localca;

import io.autotls.internal.text.DamagedEntries;
import io.autotls.internal.text.Sha256;
import io.autotls.internal.text.Unknown;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one authority of all nodes that share a storage. Whoever writes first makes it, or renews it;
 * the others take what is there. Nothing is signed by an authority that is not stored.
 */
final class AuthorityStore {
  /** The certificates and the keys. */
  static final Key KEY = Key.of("local-ca/authority");

  /** The roots alone, in PEM, for people and tools. */
  static final Key ROOTS_KEY = Key.of("local-ca/roots");

  private static final Logger log = LoggerFactory.getLogger(AuthorityStore.class);
  private static final int MAX_ATTEMPTS = 10;

  private final Storage storage;
  private final Renewals renewals;

  AuthorityStore(Storage storage, SecureRandom random) {
    this.storage = storage;
    this.renewals = new Renewals(random);
  }

  /** The authority, made or renewed first if that is due. */
  Authority current(Instant now) throws IOException {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        Authority authority = readOrWrite(now);
        publishRoots(authority, now);
        return authority;
      } catch (ConflictException e) {
        // Another node was faster, and its authority is as good as ours.
      }
    }
    throw new IOException("the entry " + KEY + " was written by others again and again");
  }

  private Authority readOrWrite(Instant now) throws IOException {
    Optional<Entry> entry = storage.read(KEY);
    if (entry.isEmpty()) {
      Authority made = renewals.upToDate(Renewals.Remains.none(), now);
      storage.write(KEY, AuthorityCodec.encode(made, Unknown.NONE), Version.NONE);
      announce("Made a local CA", made);
      return made;
    }
    AuthorityCodec.Decoded decoded = AuthorityCodec.decode(entry.get().value());
    boolean mayBeWritten = decoded.unknown().mayBeWritten();
    if (!decoded.whole() && mayBeWritten) {
      keepDamaged(entry.get());
    }
    Renewals.Remains remains = decoded.remains();
    Authority upToDate = renewals.upToDate(remains, now);
    if (!decoded.whole() || !Renewals.Remains.of(upToDate).equals(remains)) {
      if (!mayBeWritten) {
        throw new IOException(
            "the local CA "
                + KEY
                + " was written by a newer version of AutoTls, and has to be renewed by one; update"
                + " AutoTls on this node");
      }
      storage.write(KEY, AuthorityCodec.encode(upToDate, decoded.unknown()), entry.get().version());
      announceNewRoot(remains, upToDate);
    }
    return upToDate;
  }

  private void announceNewRoot(Renewals.Remains before, Authority after) {
    boolean same = before.root() != null && before.root().equals(after.root());
    if (!same && before.others().all().anyMatch(after.root()::equals)) {
      announce("Came back to a root of the local CA that is valid by the clock again", after);
    } else if (!same && after.cross() == null) {
      announce(
          "Made a new root for the local CA; whoever trusted the old one has to trust it", after);
    } else if (!same) {
      announce(
          "Made the next root of the local CA; certificates verify with the old one until "
              + after.cross().getNotAfter().toInstant(),
          after);
    }
  }

  private void announce(String what, Authority authority) {
    log.info(
        "{}: {}, SHA-256 {}, valid until {}. It signs internal names only, and clients have to trust"
            + " it: the roots are in {} as {}, and LocalIssuer.rootPem() returns them. Save them as"
            + " roots.pem, then: curl --cacert roots.pem …; keytool -importcert -cacerts -alias"
            + " autotls-local-ca -file roots.pem; on Debian copy them to"
            + " /usr/local/share/ca-certificates/autotls-local-ca.crt and call"
            + " update-ca-certificates; on macOS security add-trusted-cert -r trustRoot -k"
            + " ~/Library/Keychains/login.keychain-db roots.pem; on Windows certutil -user -addstore"
            + " Root roots.pem.",
        what,
        authority.root().certificate().getSubjectX500Principal(),
        fingerprint(authority.root().certificate()),
        authority.root().notAfter(),
        storage.location(),
        ROOTS_KEY);
  }

  /** Best effort: the authority itself is what counts, and the next step looks again. */
  private void publishRoots(Authority authority, Instant now) {
    byte[] pem = AuthorityCodec.pem(authority.roots(now)).getBytes(StandardCharsets.UTF_8);
    try {
      Optional<Entry> entry = storage.read(ROOTS_KEY);
      if (entry.isEmpty() || !Arrays.equals(entry.get().value(), pem)) {
        storage.write(ROOTS_KEY, pem, entry.map(Entry::version).orElse(Version.NONE));
      }
    } catch (IOException e) {
      log.debug("cannot write {}", ROOTS_KEY, e);
    }
  }

  private void keepDamaged(Entry entry) throws IOException {
    Key copy = DamagedEntries.keep(storage, KEY.name(), entry);
    log.warn(
        "The local CA {} in {} cannot be read whole. Next: a copy is kept as {}, and what is missing"
            + " is made anew. To do: find out what wrote there; if a new root is announced, bring the"
            + " entry back from a backup or let clients trust the new root.",
        KEY,
        storage.location(),
        copy);
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      return Sha256.hex(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate without an encoded form", e);
    }
  }
}
