package io.autotls.internal.record;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Chains of certificates, parsed so that those of one CA share its intermediates: a hundred
 * thousand certificates come from a handful of them. Safe for use by many threads.
 */
final class CertificateInterner {
  private static final int MOST = 64;

  private final Map<ByteBuffer, X509Certificate> intermediates = // guarded by itself
      new LinkedHashMap<>(MOST, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, X509Certificate> eldest) {
          return size() > MOST;
        }
      };

  /** The chain of these encoded certificates, leaf first. */
  List<X509Certificate> chain(List<byte[]> ders) throws CertificateException {
    List<X509Certificate> chain = new ArrayList<>(ders.size());
    for (byte[] der : ders) {
      chain.add(chain.isEmpty() ? parse(der) : intermediate(der));
    }
    return chain;
  }

  private X509Certificate intermediate(byte[] der) throws CertificateException {
    synchronized (intermediates) {
      ByteBuffer key = ByteBuffer.wrap(der);
      X509Certificate known = intermediates.get(key);
      if (known == null) {
        known = parse(der);
        intermediates.put(key, known);
      }
      return known;
    }
  }

  private static X509Certificate parse(byte[] der) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
  }
}
