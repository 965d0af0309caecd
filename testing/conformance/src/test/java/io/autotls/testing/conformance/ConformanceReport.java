package io.autotls.testing.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes {@code docs/conformance.md}: each duty, and the tests that cover it. */
final class ConformanceReport {
  static final String COMMAND = "mvn -q test -pl testing/conformance -Dconformance=write";

  private static final String INTRODUCTION =
      """
      # Conformance

      What an ACME client has to do, and the tests that show that this one does it. The duties are those of
      RFC 8555 and its family, of the practice of certificate authorities, and a list of faults. A test names
      what it covers by `@Tag("N4")`, or by a `@DisplayName` that begins with ids.

      This page is generated from
      [`duties.txt`](../testing/conformance/src/test/resources/io/autotls/testing/conformance/duties.txt),
      [`guide.txt`](../testing/conformance/src/test/resources/io/autotls/testing/conformance/guide.txt),
      [`peers.txt`](../testing/conformance/src/test/resources/io/autotls/testing/conformance/peers.txt) and the sources of all tests. The
      build fails if a duty has neither a test nor a reason, if it has both, if a test names an id that is in no
      list, and if this page is out of date. To write it again:

      ```sh
      %s
      ```

      What a CA may send is also made up: the build mutates known answers for seconds, and Jazzer fuzzes each
      target of [`ParserFuzzer`](../core/src/test/java/io/autotls/acme/ParserFuzzer.java) for five minutes:

      ```sh
      for target in json problem links retryAfter pem directory resources; do
        JAZZER_FUZZ=1 mvn -q test -pl core -am -Dtest="ParserFuzzer#$target" -Dsurefire.failIfNoSpecifiedTests=false
      done
      ```
      """;

  private final TestSources tests;
  private final Map<String, String> links = new TreeMap<>(); // by label

  private ConformanceReport(TestSources tests) {
    this.tests = tests;
  }

  static String of(Checklist protocol, Checklist guide, Checklist peers, TestSources tests) {
    return new ConformanceReport(tests).write(protocol, guide, peers);
  }

  private String write(Checklist protocol, Checklist guide, Checklist peers) {
    StringBuilder page = new StringBuilder(INTRODUCTION.formatted(COMMAND));
    page.append(summary(protocol));
    protocol.sections().forEach((title, duties) -> section(page, title, duties));
    page.append("\n# Good practice\n\n");
    page.append("What CAs, and those who run many certificates, ask of an integration.\n");
    table(page, "what is asked for", guide.duties());
    page.append("\n# Defects of others\n\n");
    page.append(
        "What goes wrong in other clients, and the tests that show that it does not here.\n");
    table(page, "what goes wrong there", peers.duties());
    page.append('\n');
    links.forEach((label, path) -> page.append("[" + label + "]: ../" + path + "\n"));
    return page.toString();
  }

  private String summary(Checklist protocol) {
    long covered =
        protocol.duties().stream().filter(duty -> !tests.covering(duty.id()).isEmpty()).count();
    return "\nOf "
        + protocol.duties().size()
        + " duties "
        + covered
        + " are covered by tests; the others say why not.\n";
  }

  private void section(StringBuilder page, String title, List<Duty> duties) {
    page.append("\n## ").append(title).append('\n');
    table(page, "duty", duties);
  }

  private void table(StringBuilder page, String what, List<Duty> duties) {
    page.append("\n| id | ").append(what).append(" | tests |\n|---|---|---|\n");
    for (Duty duty : duties) {
      page.append("| " + duty.id() + " | " + duty.text() + " | " + evidence(duty) + " |\n");
    }
  }

  private String evidence(Duty duty) {
    SortedSet<Fact> facts = tests.covering(duty.id());
    if (facts.isEmpty()) {
      return "– " + duty.reason();
    }
    Map<String, List<String>> methods = new LinkedHashMap<>();
    for (Fact fact : facts) {
      methods.computeIfAbsent(label(fact), label -> new ArrayList<>()).add(fact.method());
    }
    return methods.entrySet().stream()
        .map(entry -> (link(entry.getKey()) + " " + String.join(", ", entry.getValue())).trim())
        .collect(Collectors.joining("; "));
  }

  /** The class; with its module where another module has a class of that name. */
  private String label(Fact fact) {
    String label = fact.type();
    if (!links.getOrDefault(label, fact.source()).equals(fact.source())) {
      label = fact.source().substring(0, fact.source().indexOf("/src/")) + "/" + label;
    }
    links.put(label, fact.source());
    return label;
  }

  private static String link(String label) {
    return "[" + label + "]";
  }
}
