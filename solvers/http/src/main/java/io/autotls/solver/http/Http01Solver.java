package io.autotls.solver.http;

import io.autotls.solver.http.internal.ChallengeListener;
import io.autotls.solver.http.internal.HttpsRedirect;
import io.autotls.solver.http.internal.InstalledAdapters;
import io.autotls.solver.http.internal.OwnAnswers;
import io.autotls.spi.Attachment;
import io.autotls.spi.Attachments;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers HTTP-01 challenges: the CA fetches {@code
 * http://<name>/.well-known/acme-challenge/<token>} on port 80 and wants to read the key
 * authorization there (RFC 8555 §8.3). It proves names and IP addresses, but no wildcards.
 *
 * <p>There are two ways to answer. {@link #embedded()} lets a server of the application do it: the
 * adapters for Jetty and Tomcat {@linkplain #attach attach} themselves and call {@link #respond}
 * before anything else of the application sees the request. {@link #listening(int)} opens a small
 * listener of its own, which answers challenges and sends everything else to https. Without
 * configuration AutoTls takes the first if an adapter is on the class path, else the second on
 * {@code autotls.http.port}.
 *
 * <p>Any node answers for any other that shares its storage, so it does not matter to which one a
 * load balancer sends the CA.
 *
 * <p>An application with a server for which there is no adapter can embed the solver itself:
 *
 * <pre>{@code
 * Http01Solver http01 = Http01Solver.embedded();
 * AutoTls tls = AutoTls.builder()….solver(http01).enable();
 * Attachment attachment = http01.attach("our server on port 80");
 * // for each request, ahead of every filter and redirect:
 * http01.respond(method, rawPath).ifPresentOrElse(this::write, this::continueAsUsual);
 * // once the server accepts connections:
 * attachment.listening();
 * }</pre>
 *
 * <p>Safe for use by many threads.
 */
public final class Http01Solver implements ChallengeSolver {
  /** The challenge type. */
  public static final String TYPE = "http-01";

  /** What the path of every challenge begins with. */
  public static final String PATH_PREFIX = "/.well-known/acme-challenge/";

  private static final String TEXT = "text/plain; charset=us-ascii";
  private static final Map<String, String> HEADERS =
      Map.of("Cache-Control", "no-store", "X-Content-Type-Options", "nosniff");

  private final Map<String, Challenge> presented = new ConcurrentHashMap<>(); // by token
  private final Attachments attachments = new Attachments(this::readinessChanged);
  private final String whenNoneAttached;
  private final @Nullable ChallengeListener
      listener; // null: only servers of the application answer
  private final @Nullable OwnAnswers ownAnswers; // null: all else goes to https
  private final PlainPort redirect = PlainPort.redirecting(null, this::httpsPort);
  private volatile @Nullable SolverContext context; // null until started

  private Http01Solver(
      String whenNoneAttached,
      @Nullable InetSocketAddress address,
      @Nullable OwnAnswers ownAnswers) {
    this.whenNoneAttached = whenNoneAttached;
    this.ownAnswers = ownAnswers;
    this.listener =
        address == null
            ? null
            : new ChallengeListener(address, this::answer, this::readinessChanged);
  }

  /**
   * A solver that answers only through servers of the application: an adapter, or a handler that
   * calls {@link #respond}. It is ready once one of them is {@linkplain #attach attached} and
   * listens.
   */
  public static Http01Solver embedded() {
    return new Http01Solver(
        "no server answers HTTP-01 challenges yet: " + installation(), null, null);
  }

  /**
   * A solver with a listener of its own on {@code port} of all addresses. The CA always asks on
   * port 80, so another port needs something in front that forwards to it.
   */
  public static Http01Solver listening(int port) {
    return listening(new InetSocketAddress(port));
  }

  /**
   * A solver with a listener of its own. It answers challenges and redirects everything else to
   * https, on {@code autotls.https.public-port}, which is {@code autotls.https.port} unless set:
   * with 301 for {@code GET} and {@code HEAD}, with 308 for other methods.
   *
   * <p>Slow clients, and floods of connections or of unknown tokens, do not keep a CA from its
   * answer: one thread serves all connections, waits for none, and gives each ten seconds.
   *
   * <p>The port is opened in the background when AutoTls starts. If that fails, {@link #readiness}
   * says why, nothing is ordered, and the next attempt follows 30 seconds later.
   *
   * @param address where to listen; port 0 takes a free one, which {@link #address} tells
   */
  public static Http01Solver listening(InetSocketAddress address) {
    return new Http01Solver("", Objects.requireNonNull(address, "address"), null);
  }

  /**
   * As {@link #listening(InetSocketAddress)}, with answers of the application to what is no
   * challenge, such as the question of a load balancer whether it is well:
   *
   * <pre>{@code
   * Http01Solver.listening(
   *     new InetSocketAddress(80),
   *     request -> request.path().equals("/health")
   *         ? Optional.of(new HttpAnswer(200, "text/plain", Map.of(), "well"))
   *         : Optional.empty());
   * }</pre>
   *
   * @param own asked on two threads of its own, so that it may block; whoever comes while 256 wait
   *     for it gets status 503, and status 500 if it throws. Empty means a redirect to https
   */
  public static Http01Solver listening(
      InetSocketAddress address, Function<PlainRequest, Optional<HttpAnswer>> own) {
    return new Http01Solver(
        "",
        Objects.requireNonNull(address, "address"),
        new OwnAnswers(Objects.requireNonNull(own, "own")));
  }

  private static String installation() {
    return InstalledAdapters.installation(Http01Solver.class.getClassLoader())
        .map(calls -> "call " + calls + " and start the server")
        .orElse(
            "call Http01Solver.attach(…) and pass requests to respond(…), or add an adapter such as"
                + " autotls-jetty");
  }

  /**
   * Adds a server of the application that promises to pass the requests it gets to {@link
   * #respond}, ahead of virtual hosts, redirects and authentication. The solver is ready as soon as
   * one such server listens.
   *
   * @param description names the server in messages: {@code "Jetty on port 8080"}
   */
  public Attachment attach(String description) {
    return attachments.add(description);
  }

  /** Where the listener of this solver listens; empty if it has none, or while it is not open. */
  public Optional<InetSocketAddress> address() {
    return listener == null ? Optional.empty() : listener.address();
  }

  /**
   * The answer to a request, if it is one for a challenge; empty means that the application goes
   * on. For challenges of other nodes the storage is asked, on this thread: whoever serves many at
   * once takes {@link #respondAsync}. Else this is fast.
   *
   * <p>{@code GET} and {@code HEAD} get the key authorization with 200, or 404 if no challenge with
   * that token is under way; other methods get 405. Nothing of the request comes back in an answer.
   * For {@code HEAD} the body is empty.
   *
   * @param method the method as it came
   * @param rawPath the path as it came, not decoded; from a {@code ?} on it is ignored
   */
  public Optional<HttpAnswer> respond(String method, String rawPath) {
    return respond(method, rawPath, this::challenge);
  }

  /**
   * As {@link #respond}, and holds no thread. What is known on this node is answered at once; else
   * the stage completes on a worker thread of AutoTls, which must not be blocked.
   */
  public Optional<CompletionStage<HttpAnswer>> respondAsync(String method, String rawPath) {
    if (!rawPath.startsWith(PATH_PREFIX)) {
      return Optional.empty();
    }
    SolverContext started = context;
    String token = token(rawPath);
    boolean foreign =
        isReading(method) && Challenge.isToken(token) && !presented.containsKey(token);
    CompletionStage<Optional<Challenge>> found =
        foreign && started != null
            ? started.lookUp(TYPE, token)
            : CompletableFuture.completedFuture(Optional.ofNullable(presented.get(token)));
    return Optional.of(
        found.thenApply(challenge -> respond(method, rawPath, any -> challenge).orElseThrow()));
  }

  private static Optional<HttpAnswer> respond(
      String method, String rawPath, Function<String, Optional<Challenge>> challenges) {
    // Compared as it came: a CA asks for exactly this path, and whoever writes it in another way
    // (percent encoding, doubled slashes) wants something else.
    if (!rawPath.startsWith(PATH_PREFIX)) {
      return Optional.empty();
    }
    if (!isReading(method)) {
      return Optional.of(error(405, "Method Not Allowed\n", Map.of("Allow", "GET, HEAD")));
    }
    HttpAnswer answer =
        challenges
            .apply(token(rawPath))
            .map(found -> new HttpAnswer(200, TEXT, HEADERS, found.keyAuthorization()))
            .orElseGet(() -> error(404, "Not Found\n", Map.of()));
    return Optional.of(method.equals("HEAD") ? withoutBody(answer) : answer);
  }

  private static boolean isReading(String method) {
    return method.equals("GET") || method.equals("HEAD");
  }

  private static String token(String rawPath) {
    int query = rawPath.indexOf('?');
    return rawPath.substring(PATH_PREFIX.length(), query < 0 ? rawPath.length() : query);
  }

  /**
   * The answer that sends a client to the same place on https: 301 for {@code GET} and {@code
   * HEAD}, 308 for other methods, which keeps them; or 400 if {@link #httpsLocation} refuses the
   * request.
   */
  public static HttpAnswer redirect(
      String method, @Nullable String hostHeader, String rawTarget, int httpsPort) {
    return HttpsRedirect.answer(method, hostHeader, rawTarget, httpsPort);
  }

  /**
   * The https URL to which a request that came over http is redirected, or empty if its host is
   * missing or is none that a browser would send, or if the target has characters that do not
   * belong into a header.
   *
   * @param hostHeader the value of {@code Host}, {@code null} if there was none; its port is
   *     dropped
   * @param rawTarget path and query as they came, or an absolute URL, or {@code *}
   * @param httpsPort the port of the URL; 443 is left out
   */
  public static Optional<String> httpsLocation(
      @Nullable String hostHeader, String rawTarget, int httpsPort) {
    return HttpsRedirect.location(hostHeader, rawTarget, httpsPort);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return !wildcard;
  }

  @Override
  public void start(SolverContext context) {
    this.context = context;
    if (listener != null) {
      listener.start(context.time(), context.executor());
    }
  }

  @Override
  public Readiness readiness() {
    if (listener == null) {
      return attachments.readiness(whenNoneAttached);
    }
    Readiness own = listener.readiness();
    boolean attached = attachments.readiness("") instanceof Readiness.Ready;
    return attached ? Readiness.ready() : own;
  }

  @Override
  public Visibility present(List<Challenge> challenges) throws IOException {
    for (Challenge challenge : challenges) {
      if (!challenge.type().equals(TYPE) || challenge.token().isEmpty()) {
        throw new IllegalArgumentException(TYPE + " cannot answer " + challenge.type());
      }
      if (readiness() instanceof Readiness.NotReady notReady) {
        throw new IOException(
            "The HTTP-01 challenge for "
                + challenge.identifier()
                + " cannot be answered: "
                + notReady.reason());
      }
      presented.put(challenge.token().get(), challenge);
    }
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {
    challenges.forEach(challenge -> challenge.token().ifPresent(presented::remove));
  }

  @Override
  public void close() {
    if (listener != null) {
      listener.close();
    }
    if (ownAnswers != null) {
      ownAnswers.close();
    }
    presented.clear();
  }

  /** What the listener says to a request. */
  private CompletionStage<HttpAnswer> answer(PlainRequest request) {
    Optional<CompletionStage<HttpAnswer>> challenge =
        respondAsync(request.method(), request.path());
    if (challenge.isPresent()) {
      return challenge.get();
    }
    return ownAnswers == null
        ? toHttps(request)
        : ownAnswers
            .to(request)
            .thenCompose(
                own ->
                    own.<CompletionStage<HttpAnswer>>map(CompletableFuture::completedFuture)
                        .orElseGet(() -> toHttps(request)));
  }

  private CompletionStage<HttpAnswer> toHttps(PlainRequest request) {
    return redirect.answer(request).orElseThrow();
  }

  private int httpsPort() {
    return Objects.requireNonNull(context, "not started").publicHttpsPort();
  }

  private Optional<Challenge> challenge(String token) {
    // RFC 8555 §8.3: a token becomes part of names in the storage, so only one is looked up.
    if (!Challenge.isToken(token)) {
      return Optional.empty();
    }
    Challenge own = presented.get(token);
    SolverContext started = context;
    if (own != null || started == null) {
      return Optional.ofNullable(own);
    }
    return started.challenge(TYPE, token);
  }

  private static HttpAnswer error(int status, String text, Map<String, String> headers) {
    return new HttpAnswer(status, TEXT, headers, text);
  }

  private static HttpAnswer withoutBody(HttpAnswer answer) {
    return new HttpAnswer(answer.status(), answer.contentType(), answer.headers(), "");
  }

  private void readinessChanged() {
    SolverContext started = context;
    if (started != null) {
      started.readinessChanged();
    }
  }
}
