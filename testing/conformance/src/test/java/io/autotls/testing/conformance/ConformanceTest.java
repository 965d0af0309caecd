package io.autotls.testing.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every duty has a test or a reason, and {@code docs/conformance.md} says which. */
class ConformanceTest {
  private static final Path ROOT = repository();
  private static final TestSources TESTS = TestSources.below(ROOT);
  private static final Checklist PROTOCOL = Checklist.protocol();
  private static final Checklist GUIDE = Checklist.guide();
  private static final Checklist PEERS = Checklist.peers();

  @Test
  void everyDutyHasATestOrAReason() {
    List<String> gaps =
        all().filter(duty -> duty.reason() == null && !isCovered(duty)).map(Duty::id).toList();

    assertThat(gaps).as("ids with neither a test nor a reason").isEmpty();
  }

  @Test
  void noReasonOutlivesTheFirstTest() {
    List<String> covered =
        all()
            .filter(duty -> duty.reason() != null && isCovered(duty))
            .filter(duty -> !duty.reason().startsWith(Checklist.NOT_NAMED))
            .map(Duty::id)
            .toList();

    assertThat(covered).as("ids that have a test: take their reason out of the list").isEmpty();
  }

  @Test
  void everyIdInATestIsInAList() {
    Set<String> groups = all().map(Duty::group).collect(Collectors.toSet());
    Set<String> known = all().map(Duty::id).collect(Collectors.toSet());

    List<String> unknown =
        TESTS.facts().keySet().stream()
            .filter(id -> groups.contains(id.replaceAll("\\d", "")) && !known.contains(id))
            .map(id -> id + " in " + TESTS.covering(id))
            .toList();

    assertThat(unknown).as("ids that are in no list").isEmpty();
  }

  @Test
  void theReportIsUpToDate() throws IOException {
    Path page = ROOT.resolve("docs/conformance.md");
    String report = ConformanceReport.of(PROTOCOL, GUIDE, PEERS, TESTS);
    if ("write".equals(System.getProperty("conformance"))) {
      Files.writeString(page, report);
    }

    assertThat(Files.readString(page))
        .as("docs/conformance.md; to write it again: " + ConformanceReport.COMMAND)
        .isEqualToNormalizingNewlines(report);
  }

  @Test
  void tagsAndLeadingIdsOfNamesCount() {
    TestSources tests =
        TestSources.of(
            "a/src/test/java/SomeTest.java",
            """
            @Tag("T1")
            class SomeTest {
              @Test
              @DisplayName("N4 FT2: one more, unlike N5")
              void again() {}

              @Test
              @Tag("N6")
              @Tag("slow")
              void anew() {}

              @Test
              void another() {}
            }
            """);

    assertThat(tests.facts().keySet()).containsExactly("FT2", "N4", "N6", "T1");
    assertThat(tests.covering("T1")).extracting(Fact::method).containsExactly("");
    assertThat(tests.covering("FT2")).extracting(Fact::method).containsExactly("again");
    assertThat(tests.covering("N6")).extracting(Fact::method).containsExactly("anew");
  }

  private static Stream<Duty> all() {
    return Stream.of(PROTOCOL, GUIDE, PEERS).flatMap(list -> list.duties().stream());
  }

  private static boolean isCovered(Duty duty) {
    return !TESTS.covering(duty.id()).isEmpty();
  }

  private static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("bom"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
