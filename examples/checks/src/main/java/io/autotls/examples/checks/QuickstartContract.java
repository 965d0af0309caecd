package io.autotls.examples.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.FreePorts;
import io.autotls.testing.JavaProcess;
import io.autotls.testing.Visitor;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.RequiresPebble;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Runs a quickstart as a user does: with other ports only, in a process of its own. */
@Execution(ExecutionMode.CONCURRENT)
public abstract class QuickstartContract {
  private static final int TERMINATED = 128 + 15;

  private final Class<?> quickstart;
  private final int httpPort = FreePorts.next();
  private final int httpsPort = FreePorts.next();

  @TempDir private Path folder;

  /** For subclasses. */
  protected QuickstartContract(Class<?> quickstart) {
    this.quickstart = quickstart;
  }

  private JavaProcess.Builder quickstart() {
    return JavaProcess.of(quickstart)
        .folder(folder)
        .property("autotls.http.port", Integer.toString(httpPort))
        .property("autotls.https.port", Integer.toString(httpsPort));
  }

  @Test
  void obtainsServesAndRenewsWithACaOfItsOwn() throws Exception {
    try (JavaProcess process = quickstart().start()) {
      assertThat(process.awaitEnd()).as(process.output()).isZero();

      assertThat(process.output())
          .contains("CN=AutoTls Test", "quickstart.test", "Renewed", "failures 0")
          .doesNotContain("Exception");
      List<String> serials =
          process.output().lines().filter(line -> line.startsWith("  serial")).toList();
      assertThat(serials).as("before and after the renewal").hasSize(2).doesNotHaveDuplicates();
      assertThat(folder).as("leaves nothing behind").isEmptyDirectory();
    }
  }

  @Test
  void servesUntilItIsAskedToEnd() throws Exception {
    try (JavaProcess process = quickstart().start("--serve")) {
      process.awaitLine("until interrupted");
      assertThat(Visitor.curious().get("quickstart.test", httpsPort).data()).contains("Hello");

      process.terminate();

      assertThat(process.awaitEnd()).as(process.output()).isEqualTo(TERMINATED);
      assertThat(process.output()).endsWith("Stopped").doesNotContain("Exception");
    }
  }

  @Test
  @RequiresPebble
  void takesAnotherCaByItsDirectoryUrl() throws Exception {
    try (Pebble pebble = Pebble.builder().httpPort(httpPort).tlsPort(httpsPort).start();
        JavaProcess process =
            quickstart()
                .property("autotls.ca", pebble.directory().toString())
                .property("autotls.ca.trust", pebble.httpsRootFile().toString())
                .property("autotls.domains", "shop.example,www.shop.example")
                .start("--serve")) {
      process.awaitLine("until interrupted");

      Visitor customer = Visitor.trusting(List.of(pebble.root()));
      assertThat(customer.get("www.shop.example", httpsPort).data()).contains("Hello");
      assertThat(folder.resolve("autotls")).as("the storage, by default").isDirectory();
    }
  }
}
