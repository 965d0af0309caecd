package io.autotls.testing.ca.internal.acme;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;

/**
 * All that the CA remembers. One lock guards it and everything in it; nobody connects to anything
 * while holding that lock.
 */
public final class Ledger {
  private final InstantSource time;
  private final SecureRandom random;
  private final Map<String, Account> accounts = new LinkedHashMap<>();
  private final Map<String, Order> orders = new LinkedHashMap<>();
  private final Map<String, Authorization> authorizations = new LinkedHashMap<>();
  private final Map<String, Challenge> challenges = new LinkedHashMap<>();
  private final Map<String, IssuedCertificate> certificates = new LinkedHashMap<>();
  // Simulations of years ask for renewal information all the time.
  private final Map<String, IssuedCertificate> certIds = new HashMap<>();
  private final Map<Subject, List<Authorization>> proofs = new HashMap<>();
  private final Set<Set<Identifier>> issuedSets = new HashSet<>();
  private int ids;

  private record Subject(Account account, Identifier identifier) {}

  public Ledger(InstantSource time, SecureRandom random) {
    this.time = time;
    this.random = random;
  }

  /** A piece of work that may be refused. */
  @FunctionalInterface
  interface Step<T> {
    T run() throws ProblemException;
  }

  /** Does a piece of work that sees and leaves a consistent state. */
  <T> T locked(Step<T> step) throws ProblemException {
    synchronized (this) {
      return step.run();
    }
  }

  public <T> T read(Supplier<T> query) {
    synchronized (this) {
      return query.get();
    }
  }

  Instant now() {
    return time.instant();
  }

  String newToken() {
    return Tokens.next(random);
  }

  private String nextId() {
    return Integer.toString(++ids);
  }

  public List<Account> accounts() {
    return List.copyOf(accounts.values());
  }

  public List<Order> orders() {
    return List.copyOf(orders.values());
  }

  List<Authorization> authorizations() {
    return List.copyOf(authorizations.values());
  }

  public List<IssuedCertificate> certificates() {
    return List.copyOf(certificates.values());
  }

  Account addAccount(Jwk key, List<String> contact) {
    Account account = new Account(nextId(), now(), key, contact);
    accounts.put(account.id(), account);
    return account;
  }

  Optional<Account> account(String id) {
    return Optional.ofNullable(accounts.get(id));
  }

  Optional<Account> accountOf(Jwk key) {
    return accounts.values().stream().filter(account -> account.key().equals(key)).findFirst();
  }

  public void forgetAccounts() {
    accounts.clear();
  }

  Authorization addAuthorization(
      Account account, Identifier identifier, Instant expires, List<ChallengeOffer> offers) {
    Authorization authorization = new Authorization(nextId(), account, identifier, expires);
    for (ChallengeOffer offer : offers) {
      Challenge challenge = new Challenge(nextId(), offer, authorization);
      authorization.challenges().add(challenge);
      challenges.put(challenge.id(), challenge);
    }
    authorizations.put(authorization.id(), authorization);
    proofs
        .computeIfAbsent(new Subject(account, identifier), absent -> new ArrayList<>())
        .add(authorization);
    return authorization;
  }

  /** The newest authorization of the account for this that is valid. */
  Optional<Authorization> validAuthorization(Account account, Identifier identifier, Instant now) {
    List<Authorization> all =
        proofs.getOrDefault(new Subject(account, identifier), new ArrayList<>());
    all.removeIf(authorization -> authorization.isOver(now));
    return all.stream().filter(a -> a.status(now).equals("valid")).reduce((a, b) -> b);
  }

  Optional<Authorization> authorization(String id) {
    return Optional.ofNullable(authorizations.get(id));
  }

  Optional<Challenge> challenge(String id) {
    return Optional.ofNullable(challenges.get(id));
  }

  Order addOrder(
      Account account, Order.Wish wish, List<Authorization> authorizations, Instant expires) {
    Order order = new Order(nextId(), account, wish, authorizations, now(), expires);
    orders.put(order.id(), order);
    account.orders().add(order);
    return order;
  }

  Optional<Order> order(String id) {
    return Optional.ofNullable(orders.get(id));
  }

  IssuedCertificate addCertificate(
      X509Certificate certificate, Account account, List<Identifier> identifiers) {
    IssuedCertificate issued = new IssuedCertificate(nextId(), certificate, account, identifiers);
    certificates.put(issued.id(), issued);
    certIds.put(certId(certificate), issued);
    issuedSets.add(Set.copyOf(identifiers));
    return issued;
  }

  Optional<IssuedCertificate> certificate(String id) {
    return Optional.ofNullable(certificates.get(id));
  }

  public Optional<IssuedCertificate> issued(X509Certificate certificate) {
    return certificates.values().stream()
        .filter(issued -> issued.certificate().equals(certificate))
        .findFirst();
  }

  /** Whether these names, all of them and no others, had a certificate before. */
  boolean hasCertificateFor(List<Identifier> identifiers) {
    return issuedSets.contains(Set.copyOf(identifiers));
  }

  /** Looks up a certificate by its unique identifier (RFC 9773 §4.1). */
  Optional<IssuedCertificate> byCertId(String certId) {
    return Optional.ofNullable(certIds.get(certId));
  }

  private static String certId(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    AuthorityKeyIdentifier aki =
        AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets());
    BigInteger serial = certificate.getSerialNumber();
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    return base64.encodeToString(aki.getKeyIdentifierOctets())
        + "."
        + base64.encodeToString(serial.toByteArray());
  }
}
