package io.autotls.testing.ca.internal.pki;

import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.x509.GeneralName;

/** A server certificate to be. */
public record Leaf(PublicKey key, List<GeneralName> names, Instant notBefore, Instant notAfter) {
  public Leaf {
    names = List.copyOf(names);
  }

  public Leaf withKey(PublicKey changed) {
    return new Leaf(changed, names, notBefore, notAfter);
  }

  public Leaf withNames(List<GeneralName> changed) {
    return new Leaf(key, changed, notBefore, notAfter);
  }

  public Leaf withValidity(Instant start, Instant end) {
    return new Leaf(key, names, start, end);
  }
}
