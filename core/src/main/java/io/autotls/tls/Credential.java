package io.autotls.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** One private key with its chain: one immutable generation. */
public final class Credential {
  private final String alias;
  private final PrivateKey privateKey;
  private final List<X509Certificate> chain;

  private Credential(String alias, PrivateKey privateKey, List<X509Certificate> chain) {
    this.alias = alias;
    this.privateKey = privateKey;
    this.chain = List.copyOf(chain);
  }

  /** Makes a credential. */
  public static Credential of(PrivateKey privateKey, List<X509Certificate> chain) {
    return new Credential("0", privateKey, chain);
  }

  /** The alias. */
  public String alias() {
    return alias;
  }

  /** The private key. */
  public PrivateKey privateKey() {
    return privateKey;
  }

  /** The chain, leaf first. */
  public List<X509Certificate> chain() {
    return chain;
  }
}
