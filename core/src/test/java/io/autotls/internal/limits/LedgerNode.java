package io.autotls.internal.limits;

import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Storage;
import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One node that asks the ledger. */
final class LedgerNode {
  private static final KeyPair KEYS = keys();
  private static final X509Certificate NONE = null; // the ledger looks at the reason alone

  private final Issuer issuer;
  private final OrderLedger ledger;
  private final List<Duration> read = new ArrayList<>();

  LedgerNode(Storage storage, ManualTime time, Issuer issuer) {
    this.issuer = issuer;
    this.ledger = new OrderLedger(storage, time, read::add);
  }

  /** Zero if the order may be made; else how long to wait. */
  Duration ask(Issuance.Reason reason, String... names) throws IOException {
    return refusal(reason, names).map(e -> e.retryAfter().orElseThrow()).orElse(Duration.ZERO);
  }

  boolean admits(Issuance.Reason reason, String... names) throws IOException {
    return ask(reason, names).isZero();
  }

  boolean admitsFirst(String... names) throws IOException {
    return admits(Issuance.Reason.FIRST, names);
  }

  Optional<IssuerException> refusal(Issuance.Reason reason, String... names) throws IOException {
    try {
      ledger.admit(issuer, work(reason, names));
      return Optional.empty();
    } catch (IssuerException e) {
      return Optional.of(e);
    }
  }

  /** How far in its future the entries were that others wrote, in the order in which it read. */
  List<Duration> read() {
    return read;
  }

  void validationFailed(String name) {
    ledger.validationFailed(issuer, name);
  }

  private static Issuance work(Issuance.Reason reason, String... names) {
    return Issuance.builder("spec", List.of(names), KEYS).replaces(NONE, reason).build();
  }

  private static KeyPair keys() {
    try {
      return KeyPairGenerator.getInstance("EC").generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
