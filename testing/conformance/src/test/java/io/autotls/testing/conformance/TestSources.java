package io.autotls.testing.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads from the sources of all modules which test covers which id. From sources, since no module
 * sees the test classes of all others; the tests of Pebble count on machines without it as well.
 */
final class TestSources {
  private static final Pattern ID = Pattern.compile("[A-Z]{1,3}[0-9]{1,3}");
  private static final Pattern LEADING_IDS =
      Pattern.compile("((?:" + ID.pattern() + "[ ,:]+)+).*", Pattern.DOTALL);
  private static final Pattern WORD =
      Pattern.compile(
          "@Tag\\(\\s*\"(?<tag>[^\"]*)\"\\s*\\)"
              + "|@DisplayName\\(\\s*\"(?<name>[^\"]*)"
              + "|\\b(?:class|interface)\\s+\\w+[^;{]*\\{"
              + "|\\bvoid\\s+(?<method>\\w+)\\s*\\(");

  private static final Pattern TEXT_BLOCK = Pattern.compile("\"\"\".*?\"\"\"", Pattern.DOTALL);

  private final Map<String, SortedSet<Fact>> facts = new TreeMap<>();

  private TestSources() {}

  /** Reads all tests, and the contracts for tests that the kit brings. */
  static TestSources below(Path root) {
    TestSources sources = new TestSources();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(TestSources::holdsTests).sorted().toList()) {
        String name = root.relativize(file).toString().replace('\\', '/');
        sources.read(name, Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sources;
  }

  static TestSources of(String name, String source) {
    TestSources sources = new TestSources();
    sources.read(name, source);
    return sources;
  }

  /** The ids that are named anywhere, with the tests that do so. */
  Map<String, SortedSet<Fact>> facts() {
    return facts;
  }

  SortedSet<Fact> covering(String id) {
    return facts.getOrDefault(id, new TreeSet<>());
  }

  private static boolean holdsTests(Path file) {
    String path = file.toString().replace('\\', '/');
    return path.endsWith(".java")
        && (path.contains("/src/test/java/") || path.endsWith("Contract.java"));
  }

  private void read(String source, String text) {
    List<String> pending = new ArrayList<>();
    String file = source.substring(source.lastIndexOf('/') + 1);
    String type = file.substring(0, file.indexOf('.')); // of nested classes too
    // Sources within sources are samples.
    Matcher word = WORD.matcher(TEXT_BLOCK.matcher(text).replaceAll("\"\""));
    while (word.find()) {
      if (word.group("tag") != null) {
        addTag(word.group("tag"), pending);
      } else if (word.group("name") != null) {
        addLeading(word.group("name"), pending);
      } else {
        String method = word.group("method");
        note(pending, new Fact(source, type, method == null ? "" : method));
        pending.clear();
      }
    }
  }

  private void note(List<String> ids, Fact fact) {
    ids.forEach(id -> facts.computeIfAbsent(id, key -> new TreeSet<>()).add(fact));
  }

  private static void addTag(String tag, List<String> pending) {
    if (ID.matcher(tag).matches()) {
      pending.add(tag);
    }
  }

  private static void addLeading(String displayName, List<String> pending) {
    Matcher leading = LEADING_IDS.matcher(displayName);
    if (leading.matches()) {
      Matcher id = ID.matcher(leading.group(1));
      while (id.find()) {
        pending.add(id.group());
      }
    }
  }
}
