package io.autotls.testing.ca.internal.acme;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** What of a PKCS#10 request counts: its key and its names (RFC 8555 §7.4). */
final class Csr {
  private static final ASN1ObjectIdentifier MUST_STAPLE =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.24");
  private static final int MIN_RSA = 2048;
  private static final int MAX_RSA = 4096;

  private final PublicKey key;
  private final Set<Identifier> identifiers;
  private final Set<KeyPurposeId> usages;

  private Csr(PublicKey key, Set<Identifier> identifiers, Set<KeyPurposeId> usages) {
    this.key = key;
    this.usages = Set.copyOf(usages);
    this.identifiers = Set.copyOf(identifiers);
  }

  static Csr parse(byte[] der) throws ProblemException {
    try {
      JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(der);
      if (request.getEncoded().length != der.length) {
        throw bad("bytes follow the CSR");
      }
      PublicKey key = request.getPublicKey();
      checkKey(key);
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw bad("the signature of the CSR does not verify");
      }
      return new Csr(key, identifiers(request), usages(request));
    } catch (IOException
        | GeneralSecurityException
        | OperatorException
        | PKCSException
        | RuntimeException e) {
      throw bad("the CSR cannot be read");
    }
  }

  PublicKey key() {
    return key;
  }

  Set<Identifier> identifiers() {
    return identifiers;
  }

  /** Whether it asks to be usable by clients too, as acme.sh does. */
  boolean isForClients() {
    return usages.contains(KeyPurposeId.id_kp_clientAuth);
  }

  private static Set<KeyPurposeId> usages(JcaPKCS10CertificationRequest request) {
    Extensions extensions = request.getRequestedExtensions();
    ExtendedKeyUsage usage =
        extensions == null ? null : ExtendedKeyUsage.fromExtensions(extensions);
    return usage == null ? Set.of() : Set.of(usage.getUsages());
  }

  private static void checkKey(PublicKey key) throws ProblemException {
    if (key instanceof RSAPublicKey rsa) {
      int bits = rsa.getModulus().bitLength();
      if (bits < MIN_RSA || bits > MAX_RSA) {
        throw bad("an RSA key must have 2048 to 4096 bits, this one has " + bits);
      }
    } else if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getCurve().getField().getFieldSize();
      if (bits != 256 && bits != 384) {
        throw bad("EC keys must be on P-256 or P-384");
      }
    } else {
      throw bad("the key must be RSA, P-256 or P-384");
    }
  }

  private static Set<Identifier> identifiers(JcaPKCS10CertificationRequest request)
      throws ProblemException {
    Extensions extensions = request.getRequestedExtensions();
    if (extensions == null || extensions.getExtension(Extension.subjectAlternativeName) == null) {
      throw bad("the CSR has no subjectAltName");
    }
    if (extensions.getExtension(MUST_STAPLE) != null) {
      throw bad("must-staple is not supported");
    }
    Set<Identifier> identifiers = new HashSet<>();
    for (GeneralName name :
        GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName).getNames()) {
      identifiers.add(identifier(name));
    }
    for (RDN rdn : request.getSubject().getRDNs(BCStyle.CN)) {
      String name = rdn.getFirst().getValue().toString();
      if (identifiers.stream().noneMatch(identifier -> identifier.value().equals(name))) {
        throw bad("the common name is not among the subjectAltNames");
      }
    }
    return identifiers;
  }

  private static Identifier identifier(GeneralName name) throws ProblemException {
    return switch (name.getTagNo()) {
      case GeneralName.dNSName -> new Identifier("dns", name.getName().toString());
      case GeneralName.iPAddress -> {
        byte[] bytes = ASN1OctetString.getInstance(name.getName()).getOctets();
        try {
          yield new Identifier("ip", IpLiteral.canonical(InetAddress.getByAddress(bytes)));
        } catch (UnknownHostException e) {
          throw bad("an iPAddress has " + bytes.length + " bytes");
        }
      }
      default -> throw bad("the CSR has names other than DNS names and IP addresses");
    };
  }

  static ProblemException bad(String detail) {
    return Problem.of(400, "badCSR", detail).asException();
  }
}
