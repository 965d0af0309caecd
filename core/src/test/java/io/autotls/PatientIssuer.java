package io.autotls;

import io.autotls.spi.Issuance;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Progress;
import java.time.Duration;
import java.util.Map;

/** Is still busy whenever it is asked, each ten seconds. */
public class PatientIssuer implements Issuer {
  private final boolean asksForProof;

  /** One that asks for no proof. */
  public PatientIssuer() {
    this(false);
  }

  PatientIssuer(boolean asksForProof) {
    this.asksForProof = asksForProof;
  }

  @Override
  public String id() {
    return "vault";
  }

  @Override
  public String displayName() {
    return "Vault";
  }

  @Override
  public boolean asksForProof() {
    return asksForProof;
  }

  @Override
  public void start(IssuerContext context) {}

  @Override
  public Progress advance(Issuance issuance) {
    return new Progress.Continue(Map.of(), IssuanceStage.WAITING, Duration.ofSeconds(10));
  }

  @Override
  public void abandon(Issuance issuance) {}

  @Override
  public void close() {}
}
