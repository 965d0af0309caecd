package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What happens to certificates later: revocation (RFC 8555 §7.6), renewal (RFC 9773). */
final class CertificateResource {
  private static final Set<Long> REASONS = Set.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 8L, 9L, 10L);

  private final Ledger ledger;
  private final Settings settings;

  CertificateResource(Ledger ledger, Settings settings) {
    this.ledger = ledger;
    this.settings = settings;
  }

  HttpResponse revoke(AcmeRequest request) throws ProblemException {
    Json json = request.json();
    X509Certificate certificate = parse(json.requireBytes("certificate"));
    Optional<Long> reason = json.integer("reason");
    return ledger.locked(
        () -> {
          IssuedCertificate issued =
              ledger
                  .issued(certificate)
                  .orElseThrow(() -> Problem.notFound("the certificate is not of this CA"));
          checkRight(request, issued);
          if (reason.isPresent() && !REASONS.contains(reason.get())) {
            throw Problem.of(400, "badRevocationReason", "no reason " + reason.get()).asException();
          }
          if (issued.isRevoked()) {
            throw Problem.of(400, "alreadyRevoked", "the certificate is revoked").asException();
          }
          issued.revoke(ledger.now());
          return HttpResponse.empty(200);
        });
  }

  private static X509Certificate parse(byte[] der) throws ProblemException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw Problem.malformed("certificate is not DER of a certificate");
    }
  }

  /**
   * The issuing account, an account with authorizations for all names, or the certificate's key.
   */
  private void checkRight(AcmeRequest request, IssuedCertificate issued) throws ProblemException {
    Account account = request.account();
    boolean allowed;
    if (account == null) {
      byte[] key = issued.certificate().getPublicKey().getEncoded();
      allowed = Arrays.equals(key, request.key().key().getEncoded());
    } else {
      Set<Identifier> authorized =
          ledger.authorizations().stream()
              .filter(a -> a.account().equals(account))
              .filter(a -> a.status(ledger.now()).equals("valid"))
              .map(Authorization::identifier)
              .collect(Collectors.toSet());
      allowed = issued.account().equals(account) || authorized.containsAll(issued.identifiers());
    }
    if (!allowed) {
      throw Problem.unauthorized("who signed the request may not revoke this certificate");
    }
  }

  HttpResponse renewalInfo(String certId) throws ProblemException {
    return ledger.locked(
        () -> {
          IssuedCertificate issued =
              ledger
                  .byCertId(certId)
                  .orElseThrow(() -> Problem.notFound("no certificate of this CA has this id"));
          return settings.withRetryAfter(Endpoint.RENEWAL_INFO, issued.renewalInfo());
        });
  }
}
