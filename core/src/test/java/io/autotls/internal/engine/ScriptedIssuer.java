package io.autotls.internal.engine;

import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.Issuer.Trust;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.RevocationReason;
import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * An issuer in three steps (order, wait, download) whose orders outlive the nodes that make them,
 * as those of a CA do. What it does next is scripted. Nodes may ask from many threads; the script
 * belongs to the one of the test.
 */
final class ScriptedIssuer {
  private final KeyPair root = keyPair();
  private final Deque<IssuerException> failures = new ConcurrentLinkedDeque<>();
  private final List<Instant> orders = Collections.synchronizedList(new ArrayList<>());
  private final List<Instant> refusals = Collections.synchronizedList(new ArrayList<>());
  private final List<Issuance> steps = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, IssuerException.Reaction> refused = new ConcurrentHashMap<>();
  private volatile Duration lifetime = Duration.ofDays(90);
  private volatile Duration backdated = Duration.ZERO;
  private volatile @Nullable InstantSource clock; // null: that of whoever asks
  private volatile Duration wait = Duration.ofSeconds(2);
  private volatile Consumer<Issuance> beforeStep = step -> {};
  private volatile IssuerException always;
  private volatile OrderLimits limits = OrderLimits.none();
  private final List<Instant> inquiries = Collections.synchronizedList(new ArrayList<>());
  private volatile Inquiry inquiry = certificate -> Optional.empty();
  private volatile String subject; // null: the first name
  private volatile List<String> extraNames = List.of();
  private volatile List<X509Certificate> sameForAll = List.of();
  private final AtomicLong serial = new AtomicLong(1);

  /** What is answered to those who ask when to renew. */
  @FunctionalInterface
  interface Inquiry {
    Optional<RenewalWindow> answer(X509Certificate certificate) throws IssuerException, IOException;
  }

  /** What was revoked, and what is scripted for those who want that. */
  static final class Revoked {
    volatile boolean canBe = true;
    volatile Consumer<X509Certificate> before = certificate -> {};
    final Deque<IssuerException> failures = new ConcurrentLinkedDeque<>();
    final Map<BigInteger, RevocationReason> done = new ConcurrentHashMap<>();
  }

  final Revoked revocations = new Revoked();

  ScriptedIssuer suggests(Inquiry answer) {
    this.inquiry = answer;
    return this;
  }

  /** When somebody asked for a renewal window. */
  List<Instant> inquiries() {
    return inquiries;
  }

  /** Every certificate has this subject, and these names besides those that were asked for. */
  ScriptedIssuer signs(String subject, String... extraNames) {
    this.subject = subject;
    this.extraNames = List.of(extraNames);
    return this;
  }

  /** Nothing is issued for that name, and it is blamed for it. */
  ScriptedIssuer refuses(String name, IssuerException.Reaction reaction) {
    refused.put(name, reaction);
    return this;
  }

  /** Nothing is wrong with that name any more. */
  ScriptedIssuer accepts(String name) {
    refused.remove(name);
    return this;
  }

  private void requireAccepted(Issuance work) throws IssuerException {
    for (String name : work.names()) {
      IssuerException.Reaction reaction = refused.get(name);
      if (reaction != null) {
        throw new IssuerException(
            reaction, name + " is refused.", "do this.", null, Set.of(name), null);
      }
    }
  }

  /** Everybody gets this chain, whatever was ordered; an empty one ends that. */
  ScriptedIssuer mixesUp(List<X509Certificate> chain) {
    this.sameForAll = chain;
    return this;
  }

  ScriptedIssuer limits(OrderLimits limits) {
    this.limits = limits;
    return this;
  }

  ScriptedIssuer lifetime(Duration lifetime) {
    this.lifetime = lifetime;
    return this;
  }

  /** Certificates begin so long before they are issued; negative for after. */
  ScriptedIssuer backdates(Duration by) {
    this.backdated = by;
    return this;
  }

  /** It has a clock of its own, whatever those of the nodes say. */
  ScriptedIssuer clock(InstantSource clock) {
    this.clock = clock;
    return this;
  }

  ScriptedIssuer waits(Duration wait) {
    this.wait = wait;
    return this;
  }

  ScriptedIssuer failsOnce(IssuerException failure) {
    failures.add(failure);
    return this;
  }

  ScriptedIssuer failsAlways(IssuerException failure) {
    always = failure;
    return this;
  }

  ScriptedIssuer works() {
    always = null;
    return this;
  }

  ScriptedIssuer beforeStep(Consumer<Issuance> action) {
    beforeStep = action;
    return this;
  }

  List<Instant> orders() {
    return orders;
  }

  List<Instant> refusals() {
    return refusals;
  }

  List<Issuance> steps() {
    return steps;
  }

  /** The issuer as one node sees it. */
  Issuer node() {
    return new Node("scripted", Issuer.Trust.PUBLIC);
  }

  Issuer node(String id) {
    return new Node(id, Issuer.Trust.PUBLIC);
  }

  Issuer node(String id, Issuer.Trust trust) {
    return new Node(id, trust);
  }

  private final class Node implements Issuer {
    private final String id;
    private final Trust trust;
    private IssuerContext context;

    private Node(String id, Trust trust) {
      this.id = id;
      this.trust = trust;
    }

    @Override
    public OrderLimits limits() {
      return limits;
    }

    @Override
    public Trust trust() {
      return trust;
    }

    @Override
    public boolean revokes() {
      return revocations.canBe;
    }

    @Override
    public void revoke(X509Certificate certificate, RevocationReason reason)
        throws IssuerException {
      revocations.before.accept(certificate);
      IssuerException failure = revocations.failures.poll();
      if (failure != null) {
        throw failure;
      }
      revocations.done.put(certificate.getSerialNumber(), reason);
    }

    @Override
    public Optional<RenewalWindow> renewalWindow(X509Certificate certificate)
        throws IssuerException, IOException {
      inquiries.add(context.time().instant());
      return inquiry.answer(certificate);
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public String displayName() {
      return id.equals("scripted") ? "Scripted CA" : "CA " + id;
    }

    @Override
    public void start(IssuerContext context) {
      this.context = context;
    }

    @Override
    public Progress advance(Issuance work) throws IssuerException, IOException {
      for (ChallengeSolver solver : context.solvers()) {
        if (solver.readiness() instanceof Readiness.NotReady waits) {
          return new Progress.Blocked(work.state(), waits.reason());
        }
      }
      steps.add(work);
      beforeStep.accept(work);
      InstantSource own = clock;
      Instant now = own == null ? context.time().instant() : own.instant();
      IssuerException failure = always != null ? always : failures.poll();
      if (failure != null) {
        refusals.add(now);
        throw failure;
      }
      requireAccepted(work);
      String phase = work.state().getOrDefault("phase", "order");
      return switch (phase) {
        case "order" -> {
          context.admit(work);
          orders.add(now);
          yield new Progress.Continue(Map.of("phase", "wait"), IssuanceStage.WAITING, wait);
        }
        case "wait" ->
            new Progress.Continue(
                Map.of("phase", "download"), IssuanceStage.DOWNLOADING, Duration.ZERO);
        default ->
            new Progress.Issued(sameForAll.isEmpty() ? List.of(sign(work, now)) : sameForAll);
      };
    }

    @Override
    public void abandon(Issuance work) {}

    @Override
    public void close() {}
  }

  private X509Certificate sign(Issuance work, Instant now) {
    try {
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=Scripted CA"),
              BigInteger.valueOf(serial.getAndIncrement()).multiply(BigInteger.valueOf(7919)),
              Date.from(now.minus(backdated)),
              Date.from(now.plus(lifetime)),
              new X500Name(subject != null ? subject : "CN=" + work.names().get(0)),
              work.keyPair().getPublic());
      certificate.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              Stream.concat(work.names().stream(), extraNames.stream())
                  .map(name -> new GeneralName(GeneralName.dNSName, name))
                  .toArray(GeneralName[]::new)));
      return new JcaX509CertificateConverter()
          .getCertificate(
              certificate.build(
                  new JcaContentSignerBuilder("SHA256withRSA").build(root.getPrivate())));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A small one: it signs thousands of certificates, and nobody relies on them. */
  private static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(512);
      return generator.generateKeyPair();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
