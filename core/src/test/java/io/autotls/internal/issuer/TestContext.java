package io.autotls.internal.issuer;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Visibility;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.jspecify.annotations.Nullable;

/** What an issuer gets from AutoTls, with a solver that answers http-01 on a real socket. */
final class TestContext implements IssuerContext, AutoCloseable {
  private static final String PREFIX = "/.well-known/acme-challenge/";

  final List<String> admitted = new ArrayList<>();
  final List<String> failedNames = new ArrayList<>();
  final Map<String, String> answers = new ConcurrentHashMap<>();
  private final Storage storage;
  private final Random random = new Random(11);
  private final TimeSource time = TimeSource.system();
  private final MockWebServer web = new MockWebServer();
  private @Nullable IssuerException refusal;
  private boolean lying;

  TestContext() throws Exception {
    this(MemoryStorage.create());
  }

  /** Another node on the same storage. */
  TestContext(Storage storage) throws Exception {
    this.storage = storage;
    web.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            String path = request.getTarget();
            String answer =
                path.startsWith(PREFIX) ? answers.get(path.substring(PREFIX.length())) : null;
            return answer == null
                ? new MockResponse.Builder().code(404).build()
                : new MockResponse.Builder().body(answer).build();
          }
        });
    web.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
  }

  int port() {
    return web.getPort();
  }

  void refuses(IssuerException refusal) {
    this.refusal = refusal;
  }

  void lies() {
    lying = true;
  }

  @Override
  public Storage storage() {
    return storage;
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public List<ChallengeSolver> solvers() {
    return List.of(new Solver());
  }

  @Override
  public List<String> emails() {
    return List.of();
  }

  @Override
  public boolean termsOfServiceAgreed() {
    return true;
  }

  @Override
  public Visibility present(Issuance work, List<Challenge> challenges) throws IOException {
    return solvers().get(0).present(own(challenges));
  }

  @Override
  public Visibility settle(Issuance work, List<Challenge> challenges) throws IOException {
    return solvers().get(0).settle(own(challenges));
  }

  @Override
  public void cleanUp(Issuance work, List<Challenge> challenges) throws IOException {
    solvers().get(0).cleanUp(own(challenges));
  }

  private static List<Challenge> own(List<Challenge> challenges) {
    return challenges.stream().filter(challenge -> challenge.type().equals("http-01")).toList();
  }

  @Override
  public void admit(Issuance work) throws IssuerException {
    if (refusal != null) {
      throw refusal;
    }
    admitted.add(String.join(",", work.names()));
  }

  @Override
  public void validationFailed(String name) {
    failedNames.add(name);
  }

  @Override
  public void close() {
    web.close();
  }

  private final class Solver implements ChallengeSolver {
    @Override
    public String type() {
      return "http-01";
    }

    @Override
    public boolean supports(String identifier, boolean wildcard) {
      return !wildcard;
    }

    @Override
    public void start(SolverContext context) {}

    @Override
    public Readiness readiness() {
      return Readiness.ready();
    }

    @Override
    public Visibility present(List<Challenge> challenges) {
      challenges.forEach(
          challenge ->
              answers.put(
                  challenge.token().orElseThrow(),
                  lying ? "nonsense" : challenge.keyAuthorization()));
      return Visibility.visible();
    }

    @Override
    public void cleanUp(List<Challenge> challenges) {
      challenges.forEach(challenge -> challenge.token().ifPresent(answers::remove));
    }

    @Override
    public void close() {}
  }
}
