package io.autotls.solver.tlsalpn;

import io.autotls.solver.tlsalpn.internal.ChallengeCertificate;
import io.autotls.solver.tlsalpn.internal.OtherNodes;
import io.autotls.spi.Attachment;
import io.autotls.spi.Attachments;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.ServerAdapter;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import io.autotls.tls.ChallengeCertificates;
import io.autotls.tls.Credential;
import io.autotls.tls.IpAddress;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers TLS-ALPN-01 challenges: the CA connects to port 443 of the name, offers the application
 * protocol {@code acme-tls/1} and nothing else, and wants to see a certificate that was made for
 * this challenge (RFC 8737). It proves names and IP addresses (RFC 8738), but no wildcards, and it
 * needs no port 80.
 *
 * <p>The challenge certificate stands beside the keyring's others. Whoever does not offer {@code
 * acme-tls/1} never sees it, and who does sees nothing else: without a challenge under way the
 * handshake fails. A connection for {@code acme-tls/1} carries no data; servers close it once the
 * handshake is complete.
 *
 * <p>The solver opens no port. It needs a TLS server that uses the context of the same {@code
 * AutoTls} and {@linkplain #attach promises} to offer {@code acme-tls/1}; the adapters for Jetty
 * and Tomcat do. A server for which there is no adapter embeds it like this:
 *
 * <pre>{@code
 * TlsAlpn01Solver tlsAlpn01 = TlsAlpn01Solver.create();
 * AutoTls tls = AutoTls.builder()….solver(tlsAlpn01).enable();
 * Attachment attachment = tlsAlpn01.attach("our server on port 443");
 * // for each connection: an engine of tls.sslContext() that offers h2, http/1.1 and
 * // TlsAlpn01Solver.PROTOCOL; close it after the handshake if that was what was negotiated
 * // once the server accepts connections:
 * attachment.listening();
 * }</pre>
 *
 * <p>Any node answers for any other that shares its storage, so it does not matter to which one a
 * load balancer sends the CA. The load balancer must pass TLS through.
 *
 * <p>Safe for use by many threads.
 */
public final class TlsAlpn01Solver implements ChallengeSolver {
  /** The challenge type. */
  public static final String TYPE = "tls-alpn-01";

  /** The application protocol by which a CA is recognized (RFC 8737 §6.2). */
  public static final String PROTOCOL = "acme-tls/1";

  private final SecureRandom random = new SecureRandom();
  private final Map<String, Presented> presented = new ConcurrentHashMap<>(); // by token
  private final Attachments attachments = new Attachments(this::readinessChanged);
  private volatile @Nullable SolverContext context; // null until started

  private record Presented(String serverName, Credential credential) {}

  private TlsAlpn01Solver() {}

  /** A solver that is ready once a server is {@linkplain #attach attached} and listens. */
  public static TlsAlpn01Solver create() {
    return new TlsAlpn01Solver();
  }

  /**
   * Adds a TLS server of the application that promises to serve the keyring and to offer {@link
   * #PROTOCOL}.
   *
   * @param description names the server in messages: {@code "Jetty on port 8443"}
   */
  public Attachment attach(String description) {
    return attachments.add(description);
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
    OtherNodes others =
        new OtherNodes(
            identifier -> context.challenge(TYPE, identifier),
            this::presentedHere,
            context.time(),
            random);
    certificates(context).lookup(others::find);
  }

  private static ChallengeCertificates certificates(SolverContext context) {
    return context.challengeCertificates().orElseThrow();
  }

  private @Nullable Credential presentedHere(Challenge challenge) {
    Presented answer = challenge.token().map(presented::get).orElse(null);
    return answer == null ? null : answer.credential();
  }

  @Override
  public Readiness readiness() {
    return attachments.readiness(attachments.isEmpty() ? whenNoneAttached() : "");
  }

  /** The name: who connects says for which one, and nothing of a token (RFC 8737 §3). */
  @Override
  public Optional<String> place(Challenge challenge) {
    return Optional.of(challenge.identifier());
  }

  /**
   * Makes a certificate for each challenge and puts it beside the others. Repeating it keeps those
   * that are there.
   */
  @Override
  public Visibility present(List<Challenge> challenges) throws IOException {
    for (Challenge challenge : challenges) {
      present(challenge);
    }
    return Visibility.visible();
  }

  private void present(Challenge challenge) throws IOException {
    if (!challenge.type().equals(TYPE) || challenge.wildcard() || challenge.token().isEmpty()) {
      throw new IllegalArgumentException(
          TYPE + " cannot answer " + challenge.type() + " for " + challenge.identifier());
    }
    SolverContext started = Objects.requireNonNull(context, "present before start");
    if (readiness() instanceof Readiness.NotReady notReady) {
      throw new IOException(
          "The TLS-ALPN-01 challenge for "
              + challenge.identifier()
              + " cannot be answered: "
              + notReady.reason());
    }
    presented.computeIfAbsent(challenge.token().get(), token -> install(started, challenge));
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {
    challenges.forEach(challenge -> challenge.token().ifPresent(this::cleanUp));
  }

  private void cleanUp(String token) {
    SolverContext started = context;
    Presented answer = presented.remove(token);
    if (started != null && answer != null) {
      certificates(started).remove(answer.serverName(), answer.credential());
    }
  }

  @Override
  public void close() {
    SolverContext started = context;
    if (started != null) {
      certificates(started).lookup(name -> null);
      presented
          .values()
          .forEach(
              answer -> certificates(started).remove(answer.serverName(), answer.credential()));
    }
    presented.clear();
  }

  private Presented install(SolverContext started, Challenge challenge) {
    Credential credential =
        ChallengeCertificate.create(
            challenge.identifier(),
            ChallengeCertificate.digest(challenge.keyAuthorization()),
            started.time().instant(),
            random);
    String serverName =
        IpAddress.parse(challenge.identifier())
            .map(IpAddress::reverseName)
            .orElse(challenge.identifier());
    certificates(started).install(serverName, credential);
    return new Presented(serverName, credential);
  }

  private static String whenNoneAttached() {
    // On the module path a service is found only through the module that says it uses it: ours.
    String calls =
        ServiceLoader.load(ServerAdapter.class, TlsAlpn01Solver.class.getClassLoader()).stream()
            .map(adapter -> adapter.get().installation())
            .collect(Collectors.joining(" or "));
    return "no server offers acme-tls/1 yet: "
        + (calls.isEmpty()
            ? "add an adapter such as autotls-jetty, or call TlsAlpn01Solver.attach(…) for a TLS"
                + " server that offers it"
            : "call " + calls + " and start the server");
  }

  private void readinessChanged() {
    SolverContext started = context;
    if (started != null) {
      started.readinessChanged();
    }
  }
}
