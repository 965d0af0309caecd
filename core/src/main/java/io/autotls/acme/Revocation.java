package io.autotls.acme;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the two ways to revoke have in common (RFC 8555 §7.6). */
final class Revocation {
  private Revocation() {}

  static Map<String, Object> payload(X509Certificate certificate, AcmeRevocationReason reason) {
    Map<String, Object> payload = new LinkedHashMap<>();
    try {
      payload.put("certificate", Base64Url.encode(certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("the certificate cannot be encoded", e);
    }
    if (reason != AcmeRevocationReason.UNSPECIFIED) { // absent means unspecified (RFC 5280 §5.3.1)
      payload.put("reason", reason.code());
    }
    return payload;
  }

  static void asSuccessIfRevoked(Request request) throws AcmeException {
    try {
      request.send();
    } catch (AcmeProblemException e) {
      if (e.type() != ProblemType.ALREADY_REVOKED) {
        throw e;
      }
    }
  }

  /** The request itself. */
  @FunctionalInterface
  interface Request {
    Reply send() throws AcmeException;
  }
}
