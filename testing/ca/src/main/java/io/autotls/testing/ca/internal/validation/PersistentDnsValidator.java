package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.acme.Proof;
import io.autotls.testing.ca.internal.acme.Settings;
import io.autotls.testing.ca.internal.dns.DnsClient;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * dns-persist-01 (draft-ietf-acme-dns-persist-01, as Pebble 2.10): a record that stays. It names
 * the CA and the account, and perhaps allows wildcards, or ends at a time:
 *
 * <pre>{@code
 * _validation-persist.example.com. TXT "ca.test; accounturi=https://…/1; policy=wildcard"
 * }</pre>
 */
public final class PersistentDnsValidator implements ChallengeValidator {
  private final TextLookup dns;
  private final Settings settings;

  public PersistentDnsValidator(DnsClient dns, Settings settings) {
    this.dns = new TextLookup(dns);
    this.settings = settings;
  }

  @Override
  public void validate(Proof proof) throws ProblemException {
    String name = "_validation-persist." + proof.identifier().base();
    String lastFault = "";
    for (String text : dns.require(name)) {
      lastFault = fault(text, proof);
      if (lastFault.isEmpty()) {
        return;
      }
    }
    throw Refusal.incorrect("No TXT record at " + name + " is right: " + lastFault);
  }

  /** What is wrong with a record; empty if it proves what it has to. */
  private String fault(String text, Proof proof) {
    List<String> parts = List.of(text.split(";", -1));
    String issuer = parts.get(0).strip().toLowerCase(Locale.ROOT);
    if (!settings.fixed().caaIdentities().contains(issuer)) {
      return "it names another CA: " + issuer;
    }
    Map<String, String> parameters = new HashMap<>();
    for (String part : parts.subList(1, parts.size())) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length != 2 || parameters.put(pair[0].toLowerCase(Locale.ROOT), pair[1]) != null) {
        return "a parameter has no value, or is there twice: " + part.strip();
      }
    }
    if (!proof.accountUrl().equals(parameters.get("accounturi"))) {
      return "its accounturi is not that of the account";
    }
    if (proof.identifier().isWildcard() && !"wildcard".equalsIgnoreCase(parameters.get("policy"))) {
      return "it has no policy=wildcard";
    }
    String until = parameters.get("persistuntil");
    return until == null || isAhead(until) ? "" : "persistUntil is past or no number: " + until;
  }

  private boolean isAhead(String until) {
    Instant now = settings.fixed().time().instant();
    return until.matches("[0-9]{1,18}") && Long.parseLong(until) >= now.getEpochSecond();
  }
}
