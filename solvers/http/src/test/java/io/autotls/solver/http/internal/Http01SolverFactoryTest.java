package io.autotls.solver.http.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.TestContext;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.ServerAdapter;
import io.autotls.spi.SolverFactory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Http01SolverFactoryTest {
  private final TestContext context = new TestContext();

  @Test
  void theFactoryIsFoundAndIsAmongTheFirst() {
    assertThat(ServiceLoader.load(SolverFactory.class))
        .hasOnlyElementsOfType(Http01SolverFactory.class)
        .allMatch(factory -> factory.type().equals("http-01") && factory.order() == 10);
  }

  @Test
  void withoutAnAdapterAPortOfItsOwnIsOpened() {
    context.httpPort = 0;
    try (ChallengeSolver solver = new Http01SolverFactory().create(context)) {
      solver.start(context);

      assertThat(((Http01Solver) solver).address()).isPresent();
    }
  }

  @Test
  void thePortIs80UnlessSet() {
    try (ChallengeSolver solver = new Http01SolverFactory().create(context)) {
      assertThat(((Readiness.NotReady) solver.readiness()).reason()).startsWith("port 80 ");
    }
  }

  @Test
  void withAnAdapterItsServerIsWaitedFor(@TempDir Path folder) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(ServerAdapter.class.getName()), SomeAdapter.class.getName());
    URL[] path = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path, getClass().getClassLoader());
        ChallengeSolver solver = new Http01SolverFactory(loader).create(context)) {
      solver.start(context);

      assertThat(((Http01Solver) solver).address()).isEmpty();
      assertThat(InstalledAdapters.installation(loader)).contains("SomeAdapter.install(server)");
    }
  }

  public static final class SomeAdapter implements ServerAdapter {
    @Override
    public String installation() {
      return "SomeAdapter.install(server)";
    }
  }
}
