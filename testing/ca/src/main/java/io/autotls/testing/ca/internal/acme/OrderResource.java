package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.internal.http.HttpResponse;
import io.autotls.testing.ca.internal.pki.Leaf;
import io.autotls.testing.ca.internal.pki.Pki;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Orders after they were placed: reading, finalizing, issuing (RFC 8555 §7.4). */
final class OrderResource {
  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final RandomGenerator random;
  private final Pki pki;
  private final Work work;
  private final Limiter limits;

  OrderResource(
      Ledger ledger,
      Settings settings,
      Urls urls,
      RandomGenerator random,
      Pki pki,
      Work work,
      Limiter limits) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.random = random;
    this.pki = pki;
    this.work = work;
    this.limits = limits;
  }

  HttpResponse read(AcmeRequest request, String id) throws ProblemException {
    Order order = own(request, id);
    request.requirePostAsGet();
    return reply(order, Endpoint.ORDER);
  }

  private Order own(AcmeRequest request, String id) throws ProblemException {
    Account account = request.requireAccount();
    Order order =
        ledger.locked(() -> ledger.order(id).orElseThrow(() -> Problem.notFound("no such order")));
    if (!order.account().equals(account)) {
      throw Problem.unauthorized("the order belongs to another account");
    }
    return order;
  }

  private HttpResponse reply(Order order, Endpoint endpoint) throws ProblemException {
    return ledger.locked(
        () -> {
          HttpResponse response = Replies.json(200, order.toJson(urls, ledger.now(), random));
          boolean waiting = Set.of("pending", "processing").contains(order.status(ledger.now()));
          return waiting ? settings.withRetryAfter(endpoint, response) : response;
        });
  }

  HttpResponse finish(AcmeRequest request, String id) throws ProblemException {
    Order order = own(request, id);
    byte[] der = request.json().requireBytes("csr");
    ledger.locked(
        () -> {
          String status = order.status(ledger.now());
          if (!status.equals("ready")) {
            throw Problem.of(403, "orderNotReady", "the order is " + status).asException();
          }
          return status;
        });
    Csr csr = Csr.parse(der);
    ledger.locked(() -> check(order, csr));
    Runnable issuance = () -> issue(order, csr);
    if (settings.flow().issuances().keeps(issuance)) {
      return reply(order, Endpoint.FINALIZE);
    }
    if (settings.flow().issuance() == Processing.IN_REQUEST) {
      issuance.run();
      return reply(order, Endpoint.FINALIZE);
    }
    HttpResponse response = reply(order, Endpoint.FINALIZE);
    work.after(settings.flow().issuanceDelay(), issuance);
    return response;
  }

  private Order check(Order order, Csr csr) throws ProblemException {
    if (!order.status(ledger.now()).equals("ready")) {
      throw Problem.of(403, "orderNotReady", "another request finalized the order").asException();
    }
    if (csr.isForClients()
        && settings.fixed().features().contains(Settings.Feature.SERVER_CERTIFICATES_ONLY)) {
      throw Csr.bad("clientAuth is not supported");
    }
    if (!order.isFor(csr.identifiers())) {
      throw Csr.bad("the names of the CSR are not exactly those of the order");
    }
    byte[] key = csr.key().getEncoded();
    if (ledger.accounts().stream()
        .anyMatch(account -> Arrays.equals(account.key().key().getEncoded(), key))) {
      throw Csr.bad("the key of the CSR is the key of an account");
    }
    order.process();
    return order;
  }

  private void issue(Order order, Csr csr) {
    Order.Wish wish = order.wish();
    try {
      X509Certificate certificate = pki.issue(settings.tampering().leaf(leaf(wish, csr)));
      ledger.read(
          () -> {
            IssuedCertificate issued =
                ledger.addCertificate(certificate, order.account(), wish.identifiers());
            order.issue(issued);
            limits.noteIssued(wish.identifiers(), order.exemption());
            return issued;
          });
    } catch (GeneralSecurityException e) {
      ledger.read(
          () -> {
            order.fail(Problem.of(500, "serverInternal", "the CA could not sign"));
            return order;
          });
    }
  }

  private Leaf leaf(Order.Wish wish, Csr csr) {
    Instant now = ledger.now();
    Instant notBefore =
        wish.notBefore() != null ? wish.notBefore() : now.minus(settings.fixed().backdate());
    Instant notAfter =
        wish.notAfter() != null
            ? wish.notAfter()
            : (wish.notBefore() != null ? notBefore : now).plus(lifetime(wish));
    return new Leaf(
        csr.key(),
        wish.identifiers().stream().map(Identifier::toGeneralName).toList(),
        notBefore,
        notAfter);
  }

  private Duration lifetime(Order.Wish wish) {
    Duration standard = settings.certificateLifetime();
    return wish.profile() == null
        ? standard
        : settings.profiles().getOrDefault(wish.profile(), standard); // it may be gone by now
  }
}
