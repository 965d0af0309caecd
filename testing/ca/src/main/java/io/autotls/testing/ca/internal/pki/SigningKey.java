package io.autotls.testing.ca.internal.pki;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** A CA certificate with its key. */
public record SigningKey(X509Certificate certificate, PrivateKey key) {
  @Override
  public String toString() {
    return "SigningKey[" + certificate.getSubjectX500Principal() + "]";
  }
}
