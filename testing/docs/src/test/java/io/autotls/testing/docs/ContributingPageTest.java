package io.autotls.testing.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What CONTRIBUTING.md says of where things are. */
class ContributingPageTest {
  private static final Path ROOT = Path.of("../..");
  private static final Path ENGINE = ROOT.resolve("core/src/main/java/io/autotls/internal");
  private static final Pattern FILE = Pattern.compile("`([a-z]+/[A-Za-z]+\\.java)`");

  @Test
  void theFilesThatDecideAreWhereThePageSays() throws IOException {
    String page = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
    List<String> files =
        FILE.matcher(page).results().map(MatchResult::group).map(f -> f.replace("`", "")).toList();

    assertThat(files).hasSizeGreaterThan(10);
    assertThat(files).allSatisfy(file -> assertThat(ENGINE.resolve(file)).isRegularFile());
  }
}
