package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.Identifier;
import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.dns.DnsClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** dns-01 (RFC 8555 §8.4): one of the TXT values must be the digest of the key authorization. */
public final class DnsValidator implements ChallengeValidator {
  private final DnsClient dns;

  public DnsValidator(DnsClient dns) {
    this.dns = dns;
  }

  @Override
  public void validate(Identifier identifier, String token, String keyAuthorization)
      throws ProblemException {
    String name = "_acme-challenge." + identifier.base();
    List<String> values;
    try {
      values = dns.texts(name);
    } catch (IOException | IllegalArgumentException e) {
      throw Refusal.dns(e instanceof IOException io ? io : new IOException(e));
    }
    byte[] digest = Digests.sha256(keyAuthorization.getBytes(StandardCharsets.US_ASCII));
    String wanted = Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    if (values.isEmpty()) {
      throw Refusal.incorrect("No TXT record found at " + name);
    }
    if (!values.contains(wanted)) {
      throw Refusal.incorrect(
          "Incorrect TXT record found at " + name + " (" + values.size() + " in all)");
    }
  }
}
