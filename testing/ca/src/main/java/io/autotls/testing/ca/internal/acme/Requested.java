package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.Model.Identifier;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/** What a CSR asks for, once it was found to be what the order allows (RFC 8555 §7.4). */
record Requested(PublicKey key, GeneralNames names) {

  static Requested parse(
      @Nullable Object csr, List<Identifier> identifiers, PublicKey accountKey)
      throws ProblemException {
    if (!(csr instanceof String encoded) || !encoded.matches("[A-Za-z0-9_-]+")) {
      throw ProblemException.malformed("csr is base64url without padding");
    }
    try {
      JcaPKCS10CertificationRequest request =
          new JcaPKCS10CertificationRequest(Base64.getUrlDecoder().decode(encoded));
      PublicKey key = request.getPublicKey();
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw bad("the CSR is not signed by its key");
      }
      checkKey(key, accountKey);
      GeneralNames names = names(request);
      if (!texts(names).equals(expected(identifiers))) {
        throw bad("the CSR is for " + texts(names) + ", the order for " + expected(identifiers));
      }
      return new Requested(key, names);
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | IllegalArgumentException e) {
      throw bad("not a CSR: " + e.getMessage());
    }
  }

  private static ProblemException bad(String detail) {
    return new ProblemException(400, "badCSR", detail);
  }

  private static void checkKey(PublicKey key, PublicKey accountKey) throws ProblemException {
    if (key.equals(accountKey)) {
      throw bad("the key of the account must not be certified");
    }
    boolean strong =
        key instanceof RSAPublicKey rsa
            ? rsa.getModulus().bitLength() >= 2048
            : key instanceof ECPublicKey ec && ec.getParams().getOrder().bitLength() >= 256;
    if (!strong) {
      throw bad("the key is too weak");
    }
  }

  private static GeneralNames names(JcaPKCS10CertificationRequest request)
      throws ProblemException {
    Attribute[] attributes =
        request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest);
    if (attributes.length != 1) {
      throw bad("the CSR asks for no names");
    }
    Extensions extensions = Extensions.getInstance(attributes[0].getAttrValues().getObjectAt(0));
    if (extensions.getExtension(Extension.extendedKeyUsage) != null) {
      throw bad("the CSR asks for extended key usages");
    }
    Extension san = extensions.getExtension(Extension.subjectAlternativeName);
    if (san == null) {
      throw bad("the CSR asks for no names");
    }
    GeneralNames names = GeneralNames.getInstance(san.getParsedValue());
    if (request.getSubject().getRDNs(BCStyle.CN).length > 0) {
      String commonName =
          request.getSubject().getRDNs(BCStyle.CN)[0].getFirst().getValue().toString();
      if (!texts(names).contains("dns:" + commonName)) {
        throw bad("the common name " + commonName + " is not among the names");
      }
    }
    return names;
  }

  private static Set<String> texts(GeneralNames names) throws ProblemException {
    Set<String> texts = new HashSet<>();
    for (GeneralName name : names.getNames()) {
      if (name.getTagNo() == GeneralName.iPAddress) {
        texts.add("ip:" + address(ASN1OctetString.getInstance(name.getName()).getOctets()));
      } else if (name.getTagNo() == GeneralName.dNSName) {
        texts.add("dns:" + name.getName());
      } else {
        throw bad("the CSR asks for something else than names and addresses");
      }
    }
    return texts;
  }

  private static Set<String> expected(List<Identifier> identifiers) throws ProblemException {
    Set<String> texts = new HashSet<>();
    for (Identifier identifier : identifiers) {
      try {
        texts.add(
            identifier.isIp()
                ? "ip:" + address(InetAddress.getByName(identifier.value()).getAddress())
                : "dns:" + identifier.value());
      } catch (IOException e) {
        throw bad("not an address: " + identifier.value());
      }
    }
    return texts;
  }

  private static String address(byte[] octets) throws ProblemException {
    try {
      return InetAddress.getByAddress(octets).getHostAddress();
    } catch (IOException e) {
      throw bad("an address of " + octets.length + " octets");
    }
  }
}
