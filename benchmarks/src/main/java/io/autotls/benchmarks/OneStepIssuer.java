package io.autotls.benchmarks;

import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Progress;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues at once, or fails at once, by name: what is left is the cost of the engine. */
final class OneStepIssuer implements Issuer {
  private static final Duration LIFE = Duration.ofDays(90);

  private final KeyPair root = pair();
  private final AtomicLong requests = new AtomicLong();
  private Predicate<String> fails = name -> false;
  private Reaction reaction = Reaction.RETRY_STEP;
  private Duration latency = Duration.ZERO;
  private IssuerContext context;

  OneStepIssuer failing(Reaction reaction, Predicate<String> fails) {
    this.reaction = reaction;
    this.fails = fails;
    return this;
  }

  /** Each request takes that long. */
  OneStepIssuer taking(Duration latency) {
    this.latency = latency;
    return this;
  }

  long requests() {
    return requests.get();
  }

  @Override
  public String id() {
    return "one-step";
  }

  @Override
  public String displayName() {
    return "One-step CA";
  }

  @Override
  public void start(IssuerContext context) {
    this.context = context;
  }

  @Override
  public Progress advance(Issuance work) throws IssuerException {
    requests.incrementAndGet();
    LockSupport.parkNanos(latency.toNanos());
    if (fails.test(work.names().get(0))) {
      throw new IssuerException(reaction, "it does not work.", "nothing.", null);
    }
    return new Progress.Issued(List.of(sign(work)));
  }

  private X509Certificate sign(Issuance work) {
    try {
      Instant now = context.time().instant();
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=One-step CA"),
              BigInteger.valueOf(requests.get()),
              Date.from(now.minusSeconds(60)),
              Date.from(now.plus(LIFE)),
              new X500Name("CN=" + work.names().get(0)),
              work.keyPair().getPublic());
      certificate.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, work.names().get(0))));
      return new JcaX509CertificateConverter()
          .getCertificate(
              certificate.build(
                  new JcaContentSignerBuilder("SHA256withRSA").build(root.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("cannot sign for " + work, e);
    }
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has RSA", e);
    }
  }

  @Override
  public void abandon(Issuance work) {}

  @Override
  public void close() {}
}
