package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpResponse;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A certificate and what became of it. Guarded by the ledger's lock. */
public final class IssuedCertificate {
  private final String id;
  private final X509Certificate certificate;
  private final Account account;
  private final List<Identifier> identifiers;
  private @Nullable Instant revoked; // null unless it is revoked
  private @Nullable HttpResponse renewalInfo; // null unless a test set its own

  IssuedCertificate(
      String id, X509Certificate certificate, Account account, List<Identifier> identifiers) {
    this.id = id;
    this.certificate = certificate;
    this.account = account;
    this.identifiers = List.copyOf(identifiers);
  }

  String id() {
    return id;
  }

  public X509Certificate certificate() {
    return certificate;
  }

  Account account() {
    return account;
  }

  List<Identifier> identifiers() {
    return identifiers;
  }

  public boolean isRevoked() {
    return revoked != null;
  }

  public void revoke(Instant at) {
    revoked = at;
  }

  public void renewalWindow(Instant start, Instant end, @Nullable String explanation) {
    Map<String, Object> window = window(start, end);
    if (explanation != null) {
      window.put("explanationURL", explanation);
    }
    renewalInfo = Replies.json(200, window);
  }

  /** Null: what {@link #renewalInfo()} computes. */
  public void renewalInfo(@Nullable HttpResponse response) {
    renewalInfo = response;
  }

  /** Whether this time lies in the suggested window, as the CA itself sees it. */
  boolean isDue(Instant now) {
    try {
      Json window =
          Json.of(
              "a window",
              Json.parse("renewalInfo", renewalInfo().body()).get("suggestedWindow").orElse(""));
      return !now.isBefore(Instant.parse(window.requireString("start")))
          && now.isBefore(Instant.parse(window.requireString("end")));
    } catch (ProblemException | DateTimeException e) {
      return false; // a test made it unreadable
    }
  }

  /**
   * The renewalInfo object (RFC 9773 §4.2): around two thirds of the lifetime; in the past once it
   * is revoked.
   */
  HttpResponse renewalInfo() {
    return renewalInfo != null ? renewalInfo : Replies.json(200, window());
  }

  private Map<String, Object> window() {
    if (revoked != null) {
      return window(revoked.minus(Duration.ofHours(2)), revoked.minus(Duration.ofHours(1)));
    }
    Instant notBefore = certificate.getNotBefore().toInstant();
    Duration lifetime = Duration.between(notBefore, certificate.getNotAfter().toInstant());
    Instant middle = notBefore.plus(lifetime.multipliedBy(2).dividedBy(3));
    Duration half = lifetime.dividedBy(100);
    return window(middle.minus(half), middle.plus(half));
  }

  private static Map<String, Object> window(Instant start, Instant end) {
    Map<String, Object> window = new LinkedHashMap<>();
    window.put("start", start.toString());
    window.put("end", end.toString());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("suggestedWindow", window);
    return json;
  }
}
