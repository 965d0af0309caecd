package io.autotls.testing.simulation;

import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One order at the simulated CA; touched by the CA only. */
final class CaOrder {
  /** Where it stands (RFC 8555 §7.1.6). */
  enum Status {
    PENDING,
    READY,
    PROCESSING,
    VALID,
    INVALID
  }

  final String id;
  final String specId;
  final List<String> names;
  final long createdAt;
  final @Nullable BigInteger predecessor; // serial number; null if it replaces nothing
  final Map<String, String> tokens = new HashMap<>(); // by name
  Status status = Status.PENDING;
  long readyAt = Long.MAX_VALUE;
  boolean failsValidation;
  Set<String> unproven = Set.of(); // names that were dead when they were looked at
  boolean late; // its request was stopped on the way, and another one may have come before it
  boolean nobodyListened; // when it was looked at
  @Nullable String answeredBy; // the process that told the CA to look; null before
  long signedAt = Long.MAX_VALUE;
  @Nullable PublicKey key; // null before finalize
  @Nullable X509Certificate certificate; // null unless valid

  CaOrder(
      String id,
      String specId,
      List<String> names,
      long createdAt,
      @Nullable BigInteger predecessor) {
    this.id = id;
    this.specId = specId;
    this.names = names;
    this.createdAt = createdAt;
    this.predecessor = predecessor;
    names.forEach(name -> tokens.put(name, id + "-token-" + tokens.size()));
  }

  boolean isOpen() {
    return status == Status.PENDING || status == Status.READY;
  }

  @Override
  public String toString() {
    return id + " (" + status + ")";
  }
}
