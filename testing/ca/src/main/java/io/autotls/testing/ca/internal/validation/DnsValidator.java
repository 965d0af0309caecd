package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.acme.Proof;
import io.autotls.testing.ca.internal.dns.DnsClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/**
 * dns-01 (RFC 8555 §8.4) and dns-account-01 (draft-ietf-acme-dns-account-label): one of the TXT
 * values must be the digest of the key authorization. They differ in the name of the record.
 */
public final class DnsValidator implements ChallengeValidator {
  private static final String LABEL = "_acme-challenge.";

  private final TextLookup dns;
  private final Function<Proof, String> recordName;

  private DnsValidator(DnsClient dns, Function<Proof, String> recordName) {
    this.dns = new TextLookup(dns);
    this.recordName = recordName;
  }

  public static DnsValidator dns01(DnsClient dns) {
    return new DnsValidator(dns, proof -> LABEL + proof.identifier().base());
  }

  /** Each account has a record of its own, so that several need not share one. */
  public static DnsValidator dnsAccount01(DnsClient dns) {
    return new DnsValidator(
        dns,
        proof ->
            "_" + AccountLabel.of(proof.accountUrl()) + "." + LABEL + proof.identifier().base());
  }

  @Override
  public void validate(Proof proof) throws ProblemException {
    String name = recordName.apply(proof);
    List<String> values = dns.require(name);
    byte[] digest = Digests.sha256(proof.keyAuthorization().getBytes(StandardCharsets.US_ASCII));
    if (!values.contains(Base64.getUrlEncoder().withoutPadding().encodeToString(digest))) {
      throw Refusal.incorrect(
          "Incorrect TXT record found at " + name + " (" + values.size() + " in all)");
    }
  }
}
