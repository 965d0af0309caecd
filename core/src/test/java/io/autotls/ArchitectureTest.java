package io.autotls;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.autotls.internal.text.PlainText;
import io.autotls.internal.text.Sha256;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules that hold the house together. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.autotls");

  /** Pure functions for all: texts of others are cleaned, and digests made, in one place. */
  private static final DescribedPredicate<JavaClass> FOR_ALL =
      type(PlainText.class).or(type(Sha256.class));

  /** Each room of the engine, with those that it may look into. */
  private static final Map<String, Set<String>> ROOMS =
      Map.of(
          "queue", Set.of(),
          "record", Set.of(),
          "cluster", Set.of("record", "queue"),
          "events", Set.of("record"),
          "issuance", Set.of("events", "cluster", "record", "queue"),
          "maintenance", Set.of("issuance", "events", "cluster", "record", "queue"),
          "engine", Set.of("maintenance", "issuance", "events", "cluster", "record", "queue"));

  /** A top-level type with all that is nested in it is one slice. */
  private static final SliceAssignment TYPES_OF_ROOMS =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          boolean isInRoom = rooms().anyMatch(name -> room(name).equals(type.getPackageName()));
          String topLevel = type.getName().split("\\$", 2)[0];
          return isInRoom ? SliceIdentifier.of(topLevel) : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "types of the engine";
        }
      };

  @Test
  void theAcmeClientKnowsNothingOfTheRest() {
    noClasses()
        .that()
        .resideInAPackage("io.autotls.acme..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "io.autotls",
                    "io.autotls.spi..",
                    "io.autotls.storage..",
                    "io.autotls.tls..",
                    "io.autotls.internal..")
                .and(not(FOR_ALL)))
        .check(CORE);
  }

  @Test
  void whatAllMayUseDependsOnNothing() {
    noClasses()
        .that(FOR_ALL)
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.autotls..").and(not(FOR_ALL)))
        .check(CORE);
  }

  @Test
  void theServingSideKnowsNothingOfTheRest() {
    noClasses()
        .that()
        .resideInAPackage("io.autotls.tls..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "io.autotls",
                    "io.autotls.acme..",
                    "io.autotls.spi..",
                    "io.autotls.storage..",
                    "io.autotls.internal..")
                .and(not(FOR_ALL)))
        .check(CORE);
  }

  @Test
  void theEngineKnowsNothingOfAcme() {
    noClasses()
        .that()
        .resideInAnyPackage(rooms().map(ArchitectureTest::room).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.autotls.acme..", "io.autotls.internal.issuer..")
        .check(CORE);
  }

  private static String room(String name) {
    return "io.autotls.internal." + name;
  }

  static Stream<String> rooms() {
    return ROOMS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void aRoomOfTheEngineLooksDownOnly(String name) {
    String[] closed =
        ROOMS.keySet().stream()
            .filter(other -> !other.equals(name) && !ROOMS.get(name).contains(other))
            .map(ArchitectureTest::room)
            .toArray(String[]::new);

    noClasses()
        .that()
        .resideInAPackage(room(name))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(closed)
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void noTypesOfTheEngineGoRoundInACircle() {
    slices().assignedFrom(TYPES_OF_ROOMS).should().beFreeOfCycles().check(CORE);
  }

  /** Who imports one of two namesakes can use the other one by its full name only. */
  @Test
  void noTwoPublicTypesShareAName() {
    Map<String, List<String>> bySimpleName =
        CORE.stream()
            .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
            .filter(type -> !type.getPackageName().contains(".internal"))
            .collect(groupingBy(JavaClass::getSimpleName, mapping(JavaClass::getName, toList())));

    assertThat(bySimpleName)
        .hasSizeGreaterThan(50)
        .allSatisfy((name, types) -> assertThat(types).hasSize(1));
  }

  @Test
  void onlyOneClassAsksTheSystemForTheTime() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("io.autotls.internal.time.SystemTime")
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .check(CORE);
  }

  @Test
  @Tag("PD35")
  void noStaticCanChange() {
    fields().that().areStatic().should().haveModifier(JavaModifier.FINAL).check(CORE);
  }

  @Test
  @Tag("PD47")
  void nothingChangesTheJvm() {
    noClasses()
        .should()
        .callMethod(java.security.Security.class, "addProvider", java.security.Provider.class)
        .orShould()
        .callMethod(System.class, "setProperty", String.class, String.class)
        .check(CORE);
  }
}
