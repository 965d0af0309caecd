package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.Identifier;
import io.autotls.testing.ca.internal.acme.IpLiteral;
import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.acme.Proof;
import io.autotls.testing.ca.internal.acme.Settings;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/** tls-alpn-01 (RFC 8737 §3, RFC 8738 §6). */
public final class TlsAlpnValidator implements ChallengeValidator {
  private static final String PROTOCOL = "acme-tls/1";
  private static final String ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";

  private final Connector connector;
  private final Settings settings;
  private final ValidatorTls tls;

  public TlsAlpnValidator(Connector connector, Settings settings, ValidatorTls tls) {
    this.connector = connector;
    this.settings = settings;
    this.tls = tls;
  }

  @Override
  public void validate(Proof proof) throws ProblemException {
    Identifier identifier = proof.identifier();
    Certificate[] chain;
    try (Socket socket = connector.connect(identifier.value(), settings.tlsPort())) {
      chain = handshake(socket, identifier);
    } catch (SSLException e) {
      throw Refusal.tls("TLS failed with " + identifier.value() + ": " + e.getMessage());
    } catch (IOException e) {
      throw Refusal.connection("Talking to " + identifier.value(), e);
    }
    if (chain.length != 1 || !(chain[0] instanceof X509Certificate certificate)) {
      throw Refusal.incorrect("The server must send one certificate, it sent " + chain.length);
    }
    check(certificate, identifier, proof.keyAuthorization());
  }

  private Certificate[] handshake(Socket socket, Identifier identifier)
      throws IOException, ProblemException {
    String sni = identifier.address().map(IpLiteral::reverseName).orElse(identifier.value());
    try (SSLSocket secure = tls.over(socket, sni)) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(sni)));
      parameters.setApplicationProtocols(new String[] {PROTOCOL});
      parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      if (!PROTOCOL.equals(secure.getApplicationProtocol())) {
        throw Refusal.incorrect("The server did not select " + PROTOCOL);
      }
      return secure.getSession().getPeerCertificates();
    }
  }

  private static void check(
      X509Certificate certificate, Identifier identifier, String keyAuthorization)
      throws ProblemException {
    checkSelfSigned(certificate);
    if (!names(certificate).equals(List.of(expectedName(identifier)))) {
      throw Refusal.incorrect(
          "The certificate must name " + identifier.value() + " and nothing else");
    }
    byte[] extension = certificate.getExtensionValue(ACME_IDENTIFIER);
    if (extension == null || !certificate.getCriticalExtensionOIDs().contains(ACME_IDENTIFIER)) {
      throw Refusal.incorrect("The certificate has no critical acmeIdentifier extension");
    }
    byte[] digest = Digests.sha256(keyAuthorization.getBytes(StandardCharsets.US_ASCII));
    byte[] value = ASN1OctetString.getInstance(extension).getOctets();
    byte[] wanted = new byte[2 + digest.length];
    wanted[0] = 4;
    wanted[1] = (byte) digest.length;
    System.arraycopy(digest, 0, wanted, 2, digest.length);
    if (!MessageDigest.isEqual(value, wanted)) {
      throw Refusal.incorrect("acmeIdentifier is not the digest of the key authorization");
    }
  }

  private static void checkSelfSigned(X509Certificate certificate) throws ProblemException {
    try {
      certificate.verify(certificate.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw Refusal.incorrect("The certificate is not self-signed");
    }
    if (certificate.getVersion() != 3
        || !certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal())) {
      throw Refusal.incorrect("The certificate is not a self-signed X.509 v3 certificate");
    }
  }

  private static List<GeneralName> names(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.subjectAlternativeName.getId());
    if (extension == null) {
      return List.of();
    }
    byte[] value = ASN1OctetString.getInstance(extension).getOctets();
    return Arrays.asList(GeneralNames.getInstance(value).getNames());
  }

  private static GeneralName expectedName(Identifier identifier) {
    return new GeneralName(
        identifier.isIp() ? GeneralName.iPAddress : GeneralName.dNSName, identifier.value());
  }
}
