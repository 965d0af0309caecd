package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.DateForm;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpDate;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import io.autotls.testing.ca.internal.pki.Pki;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leads each request to its resource and turns refusals into problem documents. */
public final class AcmeService {
  private static final Logger log = LoggerFactory.getLogger(AcmeService.class);

  private final InstantSource time;
  private final Settings settings;
  private final Nonces nonces;
  private final Urls urls;
  private final RequestVerifier verifier;
  private final Directory directory;
  private final AccountResource accounts;
  private final OrderPlacing placing;
  private final OrderResource orders;
  private final DownloadResource downloads;
  private final AuthorizationResource authorizations;
  private final ChallengeResource challenges;
  private final CertificateResource certificates;

  /** What the resources work with. */
  public record Parts(
      Ledger ledger,
      Settings settings,
      Urls urls,
      Pki pki,
      Map<String, ChallengeValidator> validators,
      Work work,
      Limiter limits,
      RandomGenerator random,
      SecureRandom secrets) {}

  public AcmeService(Parts parts) {
    Ledger ledger = parts.ledger();
    this.settings = parts.settings();
    RandomGenerator random = parts.random();
    this.time = settings.fixed().time();
    this.urls = parts.urls();
    this.nonces = new Nonces(settings.fixed().time(), parts.secrets());
    this.verifier = new RequestVerifier(ledger, nonces, settings, urls, random);
    this.directory = new Directory(settings, urls, random);
    AuthorizationFactory factory = new AuthorizationFactory(ledger, settings, random);
    Limiter limits = parts.limits();
    this.accounts = new AccountResource(ledger, settings, urls, limits);
    this.placing = new OrderPlacing(ledger, settings, urls, random, factory, limits);
    this.orders =
        new OrderResource(ledger, settings, urls, random, parts.pki(), parts.work(), limits);
    this.downloads = new DownloadResource(ledger, settings, urls, parts.pki());
    this.authorizations = new AuthorizationResource(ledger, settings, urls, factory);
    this.challenges =
        new ChallengeResource(ledger, settings, urls, parts.validators(), parts.work(), limits);
    this.certificates = new CertificateResource(ledger, settings);
  }

  /** Makes all nonces that were handed out invalid. */
  public void forgetNonces() {
    nonces.forget();
  }

  public String nextNonce() {
    return nonces.next();
  }

  /** The time on the clock of the CA, which may be wrong. */
  public Instant now() {
    return time.instant();
  }

  /** A copy that says which time it is for the CA. */
  public HttpResponse dated(HttpResponse response) {
    return response.withDefault("Date", HttpDate.format(now(), DateForm.IMF_FIXDATE));
  }

  public static Endpoint endpoint(HttpRequest request) {
    return Route.of(request.path()).endpoint();
  }

  public HttpResponse handle(HttpRequest request) {
    Route route = Route.of(request.path());
    HttpResponse response;
    try {
      verifier.checkAny(request);
      response = request.method().equals("POST") ? post(request, route) : get(request, route);
    } catch (ProblemException e) {
      response = e.problem().toResponse();
    } catch (RuntimeException e) {
      log.error("The test CA failed at {}", request.path(), e);
      response = Problem.of(500, "serverInternal", "the test CA failed: " + e).toResponse();
    }
    return dated(finish(request, route, response));
  }

  private HttpResponse finish(HttpRequest request, Route route, HttpResponse response) {
    HttpResponse finished = response;
    if (request.method().equals("POST") || route.endpoint() == Endpoint.NEW_NONCE) {
      finished = finished.plus("Replay-Nonce", nonces.next()).plus("Cache-Control", "no-store");
    }
    return route.endpoint() == Endpoint.DIRECTORY
        ? finished
        : finished.plus("Link", Replies.link(urls.at(Urls.DIRECTORY), "index"));
  }

  private HttpResponse get(HttpRequest request, Route route) throws ProblemException {
    boolean head = request.method().equals("HEAD");
    if (!head && !request.method().equals("GET") || !route.isPlain()) {
      checkKnown(route);
      throw Problem.of(405, "malformed", request.method() + " is not allowed here, use POST")
          .withHeader("Allow", route.isPlain() ? "GET, HEAD" : "POST")
          .asException();
    }
    return switch (route.endpoint()) {
      case DIRECTORY -> directory.read();
      case NEW_NONCE -> HttpResponse.empty(head ? 200 : 204);
      default -> certificates.renewalInfo(route.id());
    };
  }

  private HttpResponse post(HttpRequest http, Route route) throws ProblemException {
    checkKnown(route);
    AcmeRequest request = verifier.verify(http);
    String id = route.id();
    return switch (route.endpoint()) {
      case DIRECTORY -> readPlain(request, directory.read());
      case NEW_NONCE -> readPlain(request, HttpResponse.empty(204));
      case RENEWAL_INFO -> readPlain(request, certificates.renewalInfo(id));
      case NEW_ACCOUNT -> accounts.create(request);
      case ACCOUNT -> accounts.update(request, id);
      case ACCOUNT_ORDERS -> accounts.orders(request, id);
      case KEY_CHANGE -> accounts.changeKey(request);
      case NEW_ORDER -> placing.place(request);
      case NEW_AUTHZ -> preAuthorize(request);
      case ORDER -> orders.read(request, id);
      case FINALIZE -> orders.finish(request, id);
      case CERTIFICATE -> downloads.download(request, id);
      case AUTHORIZATION -> authorizations.authorization(request, id);
      case CHALLENGE -> challenges.challenge(request, id);
      case REVOKE_CERT -> certificates.revoke(request);
      case UNKNOWN -> throw Problem.notFound("nothing is at " + http.path());
    };
  }

  private HttpResponse preAuthorize(AcmeRequest request) throws ProblemException {
    if (!settings.has(Settings.Feature.PRE_AUTHORIZATION)) {
      throw Problem.notFound("this CA has no pre-authorization");
    }
    return authorizations.create(request);
  }

  private static HttpResponse readPlain(AcmeRequest request, HttpResponse response)
      throws ProblemException {
    request.requireAccount();
    request.requirePostAsGet();
    return response;
  }

  private static void checkKnown(Route route) throws ProblemException {
    if (route.endpoint() == Endpoint.UNKNOWN) {
      throw Problem.notFound("there is no such resource");
    }
  }
}
