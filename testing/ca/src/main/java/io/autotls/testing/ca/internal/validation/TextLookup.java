package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.dns.DnsClient;
import java.io.IOException;
import java.util.List;

/** TXT records, or the problem of a CA that found none. */
final class TextLookup {
  private final DnsClient dns;

  TextLookup(DnsClient dns) {
    this.dns = dns;
  }

  List<String> require(String name) throws ProblemException {
    List<String> values;
    try {
      values = dns.texts(name);
    } catch (IOException | IllegalArgumentException e) {
      throw Refusal.dns(e instanceof IOException io ? io : new IOException(e));
    }
    if (values.isEmpty()) {
      throw Refusal.incorrect("No TXT record found at " + name);
    }
    return values;
  }
}
