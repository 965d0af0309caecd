package io.autotls.internal.localca;

import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.internal.text.Unknown;
import io.autotls.internal.text.Vocabulary;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The authority as a stored document. */
final class AuthorityCodec {
  private static final String TITLE = "AutoTls local CA";
  private static final String ROOT = "root";
  private static final String INTERMEDIATE = "intermediate";
  private static final String CROSS = "root, certified by the former root";
  private static final String FORMER = "former roots";
  private static final String EARLIER = "earlier root ";
  private static final String LATER = "later root ";
  private static final String CERTIFICATE = "CERTIFICATE";

  private static final Vocabulary KNOWN =
      new Vocabulary(
          Set.of("Note", "Root-Until", "Intermediate-Until"),
          Set.of(),
          Set.of(ROOT, INTERMEDIATE, CROSS, FORMER),
          Set.of(EARLIER, LATER));

  /**
   * What could be read.
   *
   * @param whole false if something is missing that must be there
   * @param unknown what nodes of a newer version wrote besides
   */
  record Decoded(Renewals.Remains remains, boolean whole, Unknown unknown) {}

  private AuthorityCodec() {}

  static byte[] encode(Authority authority, Unknown unknown) {
    Document.Writer writer =
        new Document.Writer(TITLE)
            .keeping(unknown)
            .header("Note", "these keys sign for all who trust the root: keep them secret")
            .header("Root-Until", authority.root().notAfter())
            .header("Intermediate-Until", authority.intermediate().notAfter());
    write(writer.section(ROOT), authority.root());
    write(writer.section(INTERMEDIATE), authority.intermediate());
    if (authority.cross() != null) {
      writer.section(CROSS).block(CERTIFICATE, encoded(authority.cross()));
    }
    writer.section(FORMER);
    authority.formerRoots().forEach(root -> writer.block(CERTIFICATE, encoded(root)));
    write(writer, EARLIER, authority.others().earlier());
    write(writer, LATER, authority.others().later());
    return writer.toBytes();
  }

  private static void write(Document.Writer writer, String section, List<Signer> signers) {
    int number = 1;
    for (Signer signer : signers) {
      write(writer.section(section + number++), signer);
    }
  }

  private static void write(Document.Writer writer, Signer signer) {
    writer.block(CERTIFICATE, encoded(signer.certificate()));
    Keys.write(writer, signer.keys());
  }

  /** Reads what makes sense; never throws. */
  static Decoded decode(byte[] value) {
    Document document = Document.parse(value);
    Signer root = signer(document, ROOT);
    Signer intermediate = signer(document, INTERMEDIATE);
    if (root != null && intermediate != null && !signed(intermediate.certificate(), root)) {
      intermediate = null;
    }
    List<X509Certificate> cross = certificates(document, CROSS);
    boolean whole =
        document.isComplete()
            && document.title().equals(TITLE)
            && root != null
            && intermediate != null;
    return new Decoded(
        new Renewals.Remains(
            root,
            intermediate,
            cross.isEmpty() ? null : cross.get(0),
            certificates(document, FORMER),
            new Authority.Others(signers(document, EARLIER), signers(document, LATER))),
        whole,
        document.unknown(KNOWN));
  }

  private static List<Signer> signers(Document document, String section) {
    List<Signer> result = new ArrayList<>();
    for (int number = 1; number <= Renewals.MOST_OTHERS; number++) {
      Signer signer = signer(document, section + number);
      if (signer != null) {
        result.add(signer);
      }
    }
    return result;
  }

  private static @Nullable Signer signer(Document document, String section) {
    List<X509Certificate> certificates = certificates(document, section);
    Optional<KeyPair> keys = Keys.read(document, section);
    if (certificates.size() != 1 || keys.isEmpty()) {
      return null;
    }
    X509Certificate certificate = certificates.get(0);
    boolean fits = certificate.getPublicKey().equals(keys.get().getPublic());
    return fits ? new Signer(certificate, keys.get()) : null;
  }

  private static boolean signed(X509Certificate certificate, Signer by) {
    try {
      certificate.verify(by.keys().getPublic());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static List<X509Certificate> certificates(Document document, String section) {
    List<X509Certificate> result = new ArrayList<>();
    for (byte[] der : document.blocks(section, CERTIFICATE)) {
      try {
        result.add(
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der)));
      } catch (CertificateException e) {
        // As good as missing, and that is found out where it is needed.
      }
    }
    return result;
  }

  /** Certificates one after the other, and nothing else: every tool reads that. */
  static String pem(List<X509Certificate> certificates) {
    StringBuilder pem = new StringBuilder();
    Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
    for (X509Certificate certificate : certificates) {
      pem.append("-----BEGIN CERTIFICATE-----\n");
      pem.append(base64.encodeToString(encoded(certificate)));
      pem.append("\n-----END CERTIFICATE-----\n");
    }
    return pem.toString();
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate without an encoded form", e);
    }
  }
}
