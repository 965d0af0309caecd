package io.autotls.testing.simulation;

import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.RenewalWindow;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An issuer that passes everything on; mutants change one thing. */
abstract class DecoratedIssuer implements Issuer {
  final Issuer issuer;

  DecoratedIssuer(Issuer issuer) {
    this.issuer = issuer;
  }

  @Override
  public String id() {
    return issuer.id();
  }

  @Override
  public String displayName() {
    return issuer.displayName();
  }

  @Override
  public void start(IssuerContext context) {
    issuer.start(context);
  }

  @Override
  public Readiness readiness(List<String> names, Map<String, String> state) {
    return issuer.readiness(names, state);
  }

  @Override
  public Progress advance(Issuance issuance) throws IssuerException, IOException {
    return issuer.advance(issuance);
  }

  @Override
  public Optional<RenewalWindow> renewalWindow(X509Certificate certificate)
      throws IssuerException, IOException {
    return issuer.renewalWindow(certificate);
  }

  @Override
  public String account() {
    return issuer.account();
  }

  @Override
  public OrderLimits limits() {
    return issuer.limits();
  }

  @Override
  public Trust trust() {
    return issuer.trust();
  }

  @Override
  public void abandon(Issuance issuance) throws IOException {
    issuer.abandon(issuance);
  }

  @Override
  public void close() {
    issuer.close();
  }
}
