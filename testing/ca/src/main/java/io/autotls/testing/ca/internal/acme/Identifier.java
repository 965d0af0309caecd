package io.autotls.testing.ca.internal.acme;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;

/** What a certificate is for: a DNS name, perhaps a wildcard, or an IP address (RFC 8738). */
public record Identifier(String type, String value) {
  private static final int MAX_NAME = 253;

  static Identifier parse(Json json) throws ProblemException {
    return new Identifier(json.requireString("type"), json.requireString("value"));
  }

  /** The identifier of a DNS name, or of an IP address. */
  public static Identifier of(String value) {
    return new Identifier(IpLiteral.parse(value).isPresent() ? "ip" : "dns", value);
  }

  /** What is wrong with it; empty if it may be ordered. */
  Optional<Problem> fault() {
    return switch (type) {
      case "dns" -> dnsFault().map(fault -> Problem.of(400, "malformed", fault));
      case "ip" -> ipFault().map(fault -> Problem.of(400, "malformed", fault));
      default ->
          Optional.of(Problem.of(400, "unsupportedIdentifier", "unknown identifier type " + type));
    };
  }

  private Optional<String> dnsFault() {
    String base = base();
    String[] labels = base.split("\\.", -1);
    if (!value.equals(value.toLowerCase(Locale.ROOT))) {
      return Optional.of("DNS name " + value + " is not in lower case");
    }
    if (IpLiteral.parse(value).isPresent()) {
      return Optional.of("DNS name " + value + " is an IP address");
    }
    if (labels.length < 2 || base.length() > MAX_NAME) {
      return Optional.of("DNS name " + value + " needs two labels or more, and 253 bytes at most");
    }
    for (String label : labels) {
      if (!label.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
        return Optional.of("DNS name " + value + " has an invalid label: '" + label + "'");
      }
    }
    if (labels[labels.length - 1].matches("[0-9]+")) {
      return Optional.of("DNS name " + value + " ends in a number");
    }
    return Optional.empty();
  }

  private Optional<String> ipFault() {
    Optional<InetAddress> address = IpLiteral.parse(value);
    if (address.isEmpty()) {
      return Optional.of(value + " is not an IP address");
    }
    String canonical = IpLiteral.canonical(address.get());
    if (!canonical.equals(value)) {
      return Optional.of("IP address " + value + " must be written " + canonical);
    }
    return Optional.empty();
  }

  public boolean isWildcard() {
    return type.equals("dns") && value.startsWith("*.");
  }

  public boolean isIp() {
    return type.equals("ip");
  }

  /** The name to be validated: without the wildcard's label. */
  public String base() {
    return isWildcard() ? value.substring(2) : value;
  }

  /** The address, if it is one. */
  public Optional<InetAddress> address() {
    return isIp() ? IpLiteral.parse(value) : Optional.empty();
  }

  GeneralName toGeneralName() {
    return new GeneralName(isIp() ? GeneralName.iPAddress : GeneralName.dNSName, value);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", type);
    json.put("value", value);
    return json;
  }
}
