package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.Model.Identifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the identifiers of an order as strictly as a public CA. */
final class Identifiers {
  private static final int MAX = 100;
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

  private Identifiers() {}

  static List<Identifier> parse(@Nullable Object json, Set<String> refused)
      throws ProblemException {
    if (!(json instanceof List<?> list) || list.isEmpty() || list.size() > MAX) {
      throw ProblemException.malformed("an order has 1 to " + MAX + " identifiers");
    }
    Set<Identifier> found = new LinkedHashSet<>();
    List<Map<String, Object>> subproblems = new ArrayList<>();
    for (Object one : list) {
      if (!(one instanceof Map<?, ?> map)
          || !(map.get("type") instanceof String type)
          || !(map.get("value") instanceof String value)) {
        throw ProblemException.malformed("an identifier has type and value");
      }
      Identifier identifier = new Identifier(type, value);
      check(identifier);
      if (!found.add(identifier)) {
        throw ProblemException.malformed("the identifier " + value + " is there twice");
      }
      if (refused.contains(value)) {
        Map<String, Object> problem =
            ProblemException.document(
                400, "rejectedIdentifier", "policy forbids issuing for " + value);
        problem.put("identifier", identifier.toJson());
        subproblems.add(problem);
      }
    }
    if (!subproblems.isEmpty()) {
      throw new ProblemException(
          400, "rejectedIdentifier", "some identifiers are refused", subproblems);
    }
    return List.copyOf(found);
  }

  private static void check(Identifier identifier) throws ProblemException {
    String value = identifier.value();
    if (identifier.isIp()) {
      if (!value.matches("[0-9.]{7,15}|[0-9a-f:]{2,39}")) {
        throw ProblemException.malformed("not an address in canonical form: " + value);
      }
      return;
    }
    if (!identifier.type().equals("dns")) {
      throw new ProblemException(
          400, "unsupportedIdentifier", "no identifiers of type " + identifier.type());
    }
    String name = value.startsWith("*.") ? value.substring(2) : value;
    if (value.length() > 253 || !name.matches(LABEL + "(\\." + LABEL + ")*")) {
      throw ProblemException.malformed("not a domain name in lower-case A-labels: " + value);
    }
  }
}
