package io.autotls.acme;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Collection;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Makes the request for a certificate (PKCS #10, RFC 2986). Pure functions. */
public final class Csr {
  private Csr() {}

  /**
   * A request for exactly these identifiers, as subject alternative names; no common name, which CAs add
   * by themselves where they still want one.
   *
   * @return the request in DER
   */
  public static byte[] of(KeyPair key, Collection<Identifier> identifiers) {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              identifiers.stream().map(Csr::generalName).toArray(GeneralName[]::new)));
      return new JcaPKCS10CertificationRequestBuilder(new X500Name(new org.bouncycastle.asn1.x500.RDN[0]), key.getPublic())
          .addAttribute(
              PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
          .build(new JcaContentSignerBuilder(algorithm(key.getPublic())).build(key.getPrivate()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalArgumentException("this key cannot sign a CSR", e);
    }
  }

  static PublicKey publicKey(byte[] csr) {
    try {
      return new JcaPKCS10CertificationRequest(csr).getPublicKey();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("not a CSR in DER", e);
    }
  }

  private static GeneralName generalName(Identifier identifier) {
    return new GeneralName(
        identifier.type() == Identifier.Type.IP ? GeneralName.iPAddress : GeneralName.dNSName,
        identifier.value());
  }

  private static String algorithm(PublicKey key) {
    return key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
  }
}
