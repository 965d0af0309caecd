package io.autotls.testing.ca.internal.pki;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * The hierarchy below which certificates are issued: roots, and one line of intermediates whose
 * topmost member has a certificate from each root. The first root is the default.
 */
public final class Pki {
  private final CertificateFactory factory;
  private final List<SigningKey> roots;
  private final SigningKey issuer;
  private final List<List<X509Certificate>> chains;

  private Pki(
      CertificateFactory factory,
      List<SigningKey> roots,
      SigningKey issuer,
      List<List<X509Certificate>> chains) {
    this.factory = factory;
    this.roots = List.copyOf(roots);
    this.issuer = issuer;
    this.chains = List.copyOf(chains);
  }

  public static Pki create(CertificateFactory factory, int intermediates, int alternateRoots)
      throws GeneralSecurityException {
    List<SigningKey> roots = new ArrayList<>();
    for (int i = 0; i <= alternateRoots; i++) {
      roots.add(factory.root("AutoTls Test Root " + (i + 1)));
    }
    if (intermediates == 0) {
      return new Pki(factory, roots, roots.get(0), List.of(List.of()));
    }
    String topName = "AutoTls Test Intermediate 1";
    KeyPair top = factory.keyPair();
    List<X509Certificate> tops = new ArrayList<>();
    for (SigningKey root : roots) {
      tops.add(factory.intermediate(root, topName, top.getPublic()));
    }
    SigningKey issuer = new SigningKey(tops.get(0), top.getPrivate());
    List<X509Certificate> lower = new ArrayList<>(); // the issuer of leaves first
    for (int i = 2; i <= intermediates; i++) {
      KeyPair next = factory.keyPair();
      X509Certificate certificate =
          factory.intermediate(issuer, "AutoTls Test Intermediate " + i, next.getPublic());
      lower.add(0, certificate);
      issuer = new SigningKey(certificate, next.getPrivate());
    }
    List<List<X509Certificate>> chains = new ArrayList<>();
    for (X509Certificate certificate : tops) {
      List<X509Certificate> chain = new ArrayList<>(lower);
      chain.add(certificate);
      chains.add(List.copyOf(chain));
    }
    return new Pki(factory, roots, issuer, chains);
  }

  public List<X509Certificate> roots() {
    return roots.stream().map(SigningKey::certificate).toList();
  }

  /** What follows a leaf, once for each root; without the root. */
  public List<List<X509Certificate>> chains() {
    return chains;
  }

  public X509Certificate issuer() {
    return issuer.certificate();
  }

  public X509Certificate issue(Leaf leaf) throws GeneralSecurityException {
    return factory.leaf(issuer, leaf.key(), leaf.names(), leaf.notBefore(), leaf.notAfter());
  }

  /** A key pair that nobody asked for. */
  public KeyPair strangeKey() throws GeneralSecurityException {
    return factory.keyPair();
  }

  /** A certificate that has nothing to do with any other. */
  public X509Certificate strangeCertificate() throws GeneralSecurityException {
    return factory.root("AutoTls Test Stranger").certificate();
  }
}
