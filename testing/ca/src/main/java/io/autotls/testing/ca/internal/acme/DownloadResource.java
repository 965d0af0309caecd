package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpResponse;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.pki.Tls;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Certificates and their chains, as clients fetch them (RFC 8555 §7.4.2). */
final class DownloadResource {
  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final Pki pki;

  DownloadResource(Ledger ledger, Settings settings, Urls urls, Pki pki) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.pki = pki;
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
    if (chain > 0 && settings.tampering().refusesAlternates()) {
      throw Problem.of(500, "serverInternal", "alternate chains cannot be had now").asException();
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

  private String pem(IssuedCertificate issued, List<X509Certificate> chain)
      throws ProblemException {
    try {
      List<String> blocks = new ArrayList<>();
      blocks.add(Tls.pem(issued.certificate()));
      for (X509Certificate certificate : chain) {
        blocks.add(Tls.pem(certificate));
      }
      return settings.tampering().pem(blocks);
    } catch (GeneralSecurityException e) {
      throw Problem.of(500, "serverInternal", "a certificate cannot be encoded").asException();
    }
  }
}
