package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.internal.http.HttpResponse;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.pki.Tls;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Orders after they were placed: reading, finalizing, issuing, downloading (RFC 8555 §7.4). */
final class OrderResource {
  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final RandomGenerator random;
  private final Pki pki;
  private final Work work;

  OrderResource(
      Ledger ledger, Settings settings, Urls urls, RandomGenerator random, Pki pki, Work work) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.random = random;
    this.pki = pki;
    this.work = work;
  }

  HttpResponse read(AcmeRequest request, String id) throws ProblemException {
    Order order = own(request, id);
    request.requirePostAsGet();
    return reply(order);
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

  private HttpResponse reply(Order order) throws ProblemException {
    return ledger.locked(
        () -> {
          HttpResponse response = Replies.json(200, order.toJson(urls, ledger.now(), random));
          boolean waiting = Set.of("pending", "processing").contains(order.status(ledger.now()));
          return waiting && settings.retryAfter().isPresent()
              ? response.plus("Retry-After", seconds(settings.retryAfter().get()))
              : response;
        });
  }

  static String seconds(Duration duration) {
    return Long.toString(duration.toSeconds());
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
    if (settings.issuance() == Processing.IN_REQUEST) {
      issue(order, csr);
      return reply(order);
    }
    HttpResponse response = reply(order);
    work.after(settings.issuanceDelay(), () -> issue(order, csr));
    return response;
  }

  private Order check(Order order, Csr csr) throws ProblemException {
    if (!order.status(ledger.now()).equals("ready")) {
      throw Problem.of(403, "orderNotReady", "another request finalized the order").asException();
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
    Instant now = ledger.now();
    Instant notBefore =
        wish.notBefore() != null ? wish.notBefore() : now.minus(settings.fixed().backdate());
    Instant notAfter =
        wish.notAfter() != null
            ? wish.notAfter()
            : (wish.notBefore() != null ? notBefore : now).plus(lifetime(wish));
    try {
      X509Certificate certificate =
          pki.issue(
              csr.key(),
              wish.identifiers().stream().map(Identifier::toGeneralName).toList(),
              notBefore,
              notAfter);
      ledger.read(
          () -> {
            IssuedCertificate issued =
                ledger.addCertificate(certificate, order.account(), wish.identifiers());
            order.issue(issued);
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

  private Duration lifetime(Order.Wish wish) {
    return wish.profile() != null
        ? settings.fixed().profiles().get(wish.profile())
        : settings.certificateLifetime();
  }

  /**
   * The chain in PEM; {@code path} is the certificate's id, for alternates with a number behind.
   */
  HttpResponse download(AcmeRequest request, String path) throws ProblemException {
    Account account = request.requireAccount();
    request.requirePostAsGet();
    String[] parts = path.split("/");
    int chain = parts.length == 2 && parts[1].matches("[0-9]") ? Integer.parseInt(parts[1]) : 0;
    IssuedCertificate issued =
        ledger.locked(
            () ->
                ledger
                    .certificate(parts[0])
                    .orElseThrow(() -> Problem.notFound("no such certificate")));
    if (!issued.account().equals(account)) {
      throw Problem.unauthorized("the certificate belongs to another account");
    }
    if (parts.length > 2 || chain >= pki.chains().size()) {
      throw Problem.notFound("no such chain");
    }
    HttpResponse response =
        HttpResponse.of(
            200, "application/pem-certificate-chain", pem(issued, pki.chains().get(chain)));
    for (int i = 0; i < pki.chains().size(); i++) {
      if (i != chain) {
        String url = urls.certificate(issued) + (i == 0 ? "" : "/" + i);
        response = response.plus("Link", Replies.link(url, "alternate"));
      }
    }
    return response;
  }

  private static String pem(IssuedCertificate issued, List<X509Certificate> chain)
      throws ProblemException {
    try {
      StringBuilder pem = new StringBuilder(Tls.pem(issued.certificate()));
      for (X509Certificate certificate : chain) {
        pem.append(Tls.pem(certificate));
      }
      return pem.toString();
    } catch (GeneralSecurityException e) {
      throw Problem.of(500, "serverInternal", "a certificate cannot be encoded").asException();
    }
  }
}
