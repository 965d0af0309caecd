package io.autotls;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.autotls.internal.text.PlainText;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rules that hold the house together. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.autotls");

  /** Texts of others are cleaned in one place, by all who make messages. */
  private static final DescribedPredicate<JavaClass> CLEANER = type(PlainText.class);

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
                .and(not(CLEANER)))
        .check(CORE);
  }

  @Test
  void whatCleansTextsDependsOnNothing() {
    noClasses()
        .that(CLEANER)
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.autotls..").and(not(CLEANER)))
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
                .and(not(CLEANER)))
        .check(CORE);
  }

  @Test
  void theEngineKnowsNothingOfAcme() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.autotls.internal.engine..",
            "io.autotls.internal.maintenance..",
            "io.autotls.internal.issuance..",
            "io.autotls.internal.events..",
            "io.autotls.internal.cluster..",
            "io.autotls.internal.record..",
            "io.autotls.internal.queue..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.autotls.acme..", "io.autotls.internal.issuer..")
        .check(CORE);
  }

  @Test
  void onlyOneClassAsksTheSystemForTheTime() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("io.autotls.spi.SystemTimeSource")
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
