package io.autotls.conformance;

import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.Authorization;
import io.autotls.acme.DnsChallenges;
import io.autotls.acme.Proof;
import io.autotls.acme.ProofVisibility;
import io.autotls.acme.Prover;
import io.autotls.testing.pebble.ChallengeDns;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Answers challenges of one type in the DNS server that Pebble asks. */
final class DnsAnswers implements Prover {
  private final ChallengeDns dns;
  private final String type;
  private final Function<Proof, String> name;
  private final Function<Proof, String> value;

  DnsAnswers(
      ChallengeDns dns, String type, Function<Proof, String> name, Function<Proof, String> value) {
    this.dns = dns;
    this.type = type;
    this.name = name;
    this.value = value;
  }

  /** DNS-01. */
  static DnsAnswers dns01(ChallengeDns dns) {
    return new DnsAnswers(
        dns,
        "dns-01",
        proof -> DnsChallenges.dns01Name(proof.identifier()),
        proof -> DnsChallenges.value(proof.keyAuthorization()));
  }

  @Override
  public Optional<AcmeChallenge> choose(Authorization authorization) {
    return Prover.ofType(authorization, type);
  }

  @Override
  public ProofVisibility present(List<Proof> proofs) {
    proofs.forEach(proof -> dns.addTxt(name.apply(proof), value.apply(proof)));
    return ProofVisibility.visible();
  }

  @Override
  public void withdraw(List<Proof> proofs) {
    proofs.forEach(proof -> dns.clearTxt(name.apply(proof)));
  }
}
