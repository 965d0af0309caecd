package io.autotls.solver.tlsalpn;

import io.autotls.solver.tlsalpn.internal.ChallengeCertificate;
import io.autotls.spi.Attachment;
import io.autotls.spi.Attachments;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.ServerAdapter;
import io.autotls.spi.SolverContext;
import io.autotls.tls.Credential;
import io.autotls.tls.ServerContext;
import java.security.SecureRandom;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Answers TLS-ALPN-01 (RFC 8737): the CA connects to port 443, offers the protocol {@code acme-tls/1} and
 * nothing else, and looks at the certificate. Needs no port 80.
 *
 * <p>The challenge certificate stands beside the application's ones in the keyring, and only handshakes
 * that negotiate {@code acme-tls/1} see it: visitors notice nothing. Any node that shares the storage can
 * answer.
 *
 * <p>A server has to offer {@code acme-tls/1}; the adapters for Jetty and Tomcat see to that, and attach
 * themselves. Names and IP addresses (RFC 8738), no wildcards. Safe for use by many threads.
 */
public final class TlsAlpn01Solver implements ChallengeSolver {
  /** The challenge type. */
  public static final String TYPE = "tls-alpn-01";

  /** The protocol that a server has to offer. */
  public static final String PROTOCOL = ServerContext.ACME_TLS;

  private final Attachments servers = new Attachments(this::readinessChanged);
  private final Map<String, Presented> presented = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private volatile @Nullable SolverContext context; // null before start

  private record Presented(Challenge challenge, Credential credential) {}

  private TlsAlpn01Solver() {}

  /** A solver to which no server is attached yet. */
  public static TlsAlpn01Solver create() {
    return new TlsAlpn01Solver();
  }

  /**
   * Adds a server that offers {@code acme-tls/1} with the {@code SSLContext} of the same {@code AutoTls}.
   *
   * @param description names it in messages: {@code "Jetty on port 443"}
   */
  public Attachment attach(String description) {
    return servers.add(description);
  }

  private void readinessChanged() {
    SolverContext started = context;
    if (started != null) {
      started.readinessChanged();
    }
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
    context.keyring().challengeLookup(serverName -> lookUp(context, serverName));
  }

  /** Challenges of other nodes, which are known by name. */
  private @Nullable Credential lookUp(SolverContext started, String serverName) {
    return started
        .challenge(TYPE, serverName)
        .map(challenge -> credential(started, challenge))
        .orElse(null);
  }

  private Credential credential(SolverContext started, Challenge challenge) {
    return ChallengeCertificate.of(
        challenge.identifier(), challenge.keyAuthorization(), started.time().instant(), random);
  }

  @Override
  public Readiness readiness() {
    return servers.readiness("no server offers " + PROTOCOL + "; " + advice());
  }

  private static String advice() {
    String installations =
        StreamSupport.stream(
                ServiceLoader.load(ServerAdapter.class, TlsAlpn01Solver.class.getClassLoader())
                    .spliterator(),
                false)
            .map(ServerAdapter::installation)
            .collect(Collectors.joining(" or "));
    return installations.isEmpty()
        ? "add autotls-jetty or autotls-tomcat to the application's dependencies"
        : "call " + installations + " and start the server";
  }

  @Override
  public void present(Challenge challenge) {
    SolverContext started = context;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    String serverName = ChallengeCertificate.serverName(challenge.identifier());
    Presented now = new Presented(challenge, credential(started, challenge));
    presented.put(serverName, now);
    started.keyring().installChallenge(serverName, now.credential());
  }

  @Override
  public void cleanUp(Challenge challenge) {
    String serverName = ChallengeCertificate.serverName(challenge.identifier());
    Presented before = presented.get(serverName);
    SolverContext started = context;
    if (started != null && before != null && before.challenge().equals(challenge)) {
      presented.remove(serverName, before);
      started.keyring().removeChallenge(serverName, before.credential());
    }
  }

  @Override
  public void close() {
    presented.values().forEach(one -> cleanUp(one.challenge()));
  }
}
