package io.autotls.testing.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.spi.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages say of settings is what is declared, in whichever module. */
class SettingsPagesTest {
  private static final String COMMAND =
      "mvn -q test -pl testing/docs -am -Dtest=SettingsPagesTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Ddocs=write";
  private static final String BEGIN =
      "<!-- settings: written by the build, see CONTRIBUTING -->\n\n";
  private static final String END = "\n<!-- end of settings -->";

  /** A key as it stands in a text; not a package, not the name of the file. */
  private static final Pattern KEY =
      Pattern.compile("(?<![\\w.])autotls\\.(?!properties)[a-z0-9-]+(\\.[a-z0-9-]+)*");

  private final SettingsTables tables = new SettingsTables();

  @Test
  void theTableOfTheReadmeIsUpToDate() throws IOException {
    assertUpToDate("README.md", tables.shortTable());
  }

  @Test
  void thePageOfAllSettingsIsUpToDate() throws IOException {
    assertUpToDate("docs/settings.md", tables.longTables());
  }

  private static void assertUpToDate(String name, String generated) throws IOException {
    Path page = repository().resolve(name);
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    assertThat(end).as("the marks of the table in " + name).isGreaterThanOrEqualTo(begin);
    String wanted = text.substring(0, begin) + generated + text.substring(end);
    if ("write".equals(System.getProperty("docs"))) {
      Files.writeString(page, wanted);
    }

    assertThat(Files.readString(page))
        .as(name + "; to write it again: " + COMMAND)
        .isEqualToNormalizingNewlines(wanted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md",
        "docs/operations.md",
        "solvers/http/README.md",
        "solvers/tls-alpn/README.md",
        "integrations-jetty/README.md",
        "integrations-tomcat/README.md",
      })
  void everyKeyThatAPageNamesExists(String name) throws IOException {
    Set<String> known = tables.all().stream().map(Setting::name).collect(Collectors.toSet());
    Matcher named = KEY.matcher(Files.readString(repository().resolve(name)));

    Set<String> unknown = new TreeSet<>();
    while (named.find()) {
      if (!known.contains(named.group())) {
        unknown.add(named.group());
      }
    }

    assertThat(unknown).as("keys in " + name + " that nobody declares").isEmpty();
  }

  /** The literal is the declaration: whoever needs a key elsewhere takes it from there. */
  @Test
  void noOtherClassSpellsAKey() throws IOException {
    Pattern literal = Pattern.compile("\"autotls\\.[a-z0-9.-]+\"");
    try (Stream<Path> sources = Files.walk(repository())) {
      assertThat(
              sources
                  .filter(
                      path ->
                          path.toString()
                              .matches(
                                  ".*/(core|solvers|integrations-[a-z]+)/.*src/main/java/.*\\.java"))
                  .filter(path -> !path.endsWith("OwnSettings.java"))
                  .flatMap(SettingsPagesTest::lines)
                  .filter(line -> literal.matcher(line).find())
                  .filter(line -> !line.contains("Setting.") && !line.contains("FILE = "))
                  .map(String::strip)
                  .toList())
          .isEmpty();
    }
  }

  private static Stream<String> lines(Path source) {
    try {
      return Files.readAllLines(source).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("bom"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
