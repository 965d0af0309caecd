package io.autotls.acme;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.Collection;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcECContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * Certificate signing requests (PKCS #10, RFC 2986): the public key of the coming certificate and
 * its names. The names are in the subject alternative name only; the common name is empty, since
 * nothing reads it any more and the newer profiles refuse it. No other wishes are put in: CAs
 * refuse requests for what they do not issue.
 *
 * <p>The same key and names make the same request, to the last bit (RFC 6979 for ECDSA): it need
 * not be stored to be sent again.
 */
public final class Csr {
  private Csr() {}

  /**
   * A request in DER.
   *
   * @param key the key pair of the certificate, never that of an account
   * @throws IllegalArgumentException if there are no names, or the key cannot sign
   */
  public static byte[] of(KeyPair key, Collection<Identifier> identifiers) {
    if (identifiers.isEmpty()) {
      throw new IllegalArgumentException("a certificate needs at least one identifier");
    }
    GeneralName[] names =
        identifiers.stream().distinct().map(Csr::generalName).toArray(GeneralName[]::new);
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      ContentSigner signer = signer(key);
      return new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key.getPublic())
          .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
          .build(signer)
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalArgumentException("the key cannot sign a request", e);
    }
  }

  private static ContentSigner signer(KeyPair key) throws OperatorCreationException, IOException {
    String algorithm = signatureAlgorithm(key.getPublic());
    byte[] encoded = key.getPrivate().getEncoded();
    if (!(key.getPublic() instanceof ECPublicKey) || encoded == null) { // or it is not to be had
      return new JcaContentSignerBuilder(algorithm).build(key.getPrivate());
    }
    AlgorithmIdentifier signature = new DefaultSignatureAlgorithmIdentifierFinder().find(algorithm);
    AlgorithmIdentifier digest = new DefaultDigestAlgorithmIdentifierFinder().find(signature);
    return new WithoutRandomness(signature, digest).build(PrivateKeyFactory.createKey(encoded));
  }

  /** Signs by ECDSA with the numbers of RFC 6979 in place of random ones. */
  private static final class WithoutRandomness extends BcECContentSignerBuilder {
    private WithoutRandomness(AlgorithmIdentifier signature, AlgorithmIdentifier digest) {
      super(signature, digest);
    }

    @Override
    protected Signer createSigner(AlgorithmIdentifier signature, AlgorithmIdentifier digest)
        throws OperatorCreationException {
      ECDSASigner ecdsa = new ECDSASigner(new HMacDSAKCalculator(digestProvider.get(digest)));
      return new DSADigestSigner(ecdsa, digestProvider.get(digest));
    }
  }

  /** Whether a request is for that key. */
  static boolean isFor(byte[] csr, PublicKey key) {
    try {
      byte[] requested = new PKCS10CertificationRequest(csr).getSubjectPublicKeyInfo().getEncoded();
      return Arrays.equals(requested, key.getEncoded());
    } catch (IOException e) {
      throw new IllegalArgumentException("this is not a certificate signing request", e);
    }
  }

  private static GeneralName generalName(Identifier identifier) {
    return switch (identifier.type()) {
      case DNS -> new GeneralName(GeneralName.dNSName, identifier.value());
      case IP -> new GeneralName(GeneralName.iPAddress, identifier.value());
      case OTHER -> throw new IllegalArgumentException("cannot be ordered: " + identifier);
    };
  }

  private static String signatureAlgorithm(PublicKey key) {
    if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getCurve().getField().getFieldSize();
      return bits > 384 ? "SHA512withECDSA" : bits > 256 ? "SHA384withECDSA" : "SHA256withECDSA";
    }
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EdDSA", "Ed25519" -> "Ed25519";
      default -> throw new IllegalArgumentException("no certificates for " + key.getAlgorithm());
    };
  }
}
