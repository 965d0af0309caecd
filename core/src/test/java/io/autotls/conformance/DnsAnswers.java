package io.autotls.conformance;

import io.autotls.acme.Authorization;
import io.autotls.acme.Challenge;
import io.autotls.acme.Proof;
import io.autotls.acme.Prover;
import io.autotls.testing.pebble.ChallengeDns;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;

/** Answers DNS-01 in the DNS server that Pebble asks. */
final class DnsAnswers implements Prover {
  private final ChallengeDns dns;

  DnsAnswers(ChallengeDns dns) {
    this.dns = dns;
  }

  @Override
  public Optional<Challenge> choose(Authorization authorization) {
    return Prover.ofType(authorization, "dns-01");
  }

  @Override
  public void present(Proof proof) {
    dns.addTxt(host(proof), digest(proof.keyAuthorization()));
  }

  @Override
  public void withdraw(Proof proof) {
    dns.clearTxt(host(proof));
  }

  private static String host(Proof proof) {
    return "_acme-challenge." + proof.identifier().value();
  }

  private static String digest(String keyAuthorization) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(keyAuthorization.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
