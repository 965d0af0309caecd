package io.autotls.acme;

import java.io.IOException;
import java.net.Authenticator;
import java.net.Authenticator.RequestorType;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import okhttp3.Challenge;
import okhttp3.Credentials;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy on the way to a CA. What the JVM was told comes first ({@code https.proxyHost}, {@code
 * java.net.useSystemProxies}, or the application's own selector); where that means a direct
 * connection, {@code HTTPS_PROXY} and {@code NO_PROXY} count as they do for curl, Go and Python.
 */
final class Proxies extends ProxySelector implements okhttp3.Authenticator {
  private static final Logger log = LoggerFactory.getLogger(AcmeClient.class);
  private static final int HTTP_PORT = 80;
  private static final int SOCKS_PORT = 1080;

  /** OkHttp asks before the proxy has, so as to save a round trip. */
  private static final String PREEMPTIVE = "OkHttp-Preemptive";

  private final @Nullable ProxySelector jvm; // null: an application took it away
  private final @Nullable URI fromEnvironment; // null if there is none
  private final List<String> direct;

  private Proxies(@Nullable ProxySelector jvm, @Nullable URI fromEnvironment, List<String> direct) {
    this.jvm = jvm;
    this.fromEnvironment = fromEnvironment;
    this.direct = direct;
  }

  /** A proxy wants a user and a password, or others than it was given. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * Those of the JVM, and of these variables. One that cannot be used is told in the log, without
   * its value, which may hold a password.
   */
  static Proxies of(@Nullable ProxySelector jvm, Map<String, String> environment) {
    String proxy = variable(environment, "HTTPS_PROXY", "ALL_PROXY");
    String exceptions = variable(environment, "NO_PROXY");
    return new Proxies(
        jvm,
        proxy.isEmpty() ? null : urlOrNull(proxy),
        List.of(exceptions.toLowerCase(Locale.ROOT).split("[,\\s]+")));
  }

  private static String variable(Map<String, String> environment, String... names) {
    for (String name : names) {
      for (String spelling : List.of(name.toLowerCase(Locale.ROOT), name)) {
        String value = environment.getOrDefault(spelling, "").strip();
        if (!value.isEmpty()) {
          return value;
        }
      }
    }
    return "";
  }

  private static @Nullable URI urlOrNull(String value) {
    try {
      URI url = new URI(value.contains("://") ? value : "http://" + value);
      boolean known = "http".equalsIgnoreCase(url.getScheme()) || isSocks(url);
      if (known && url.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // told below, without the value
    }
    log.warn(
        "HTTPS_PROXY (or ALL_PROXY) is not used: it is not the URL of an HTTP or SOCKS proxy, such as"
            + " http://proxy:3128 or http://user:password@proxy:3128, with what is special in a"
            + " password percent-encoded.");
    return null;
  }

  private static boolean isSocks(URI url) {
    return url.getScheme().toLowerCase(Locale.ROOT).matches("socks5?h?");
  }

  @Override
  public List<Proxy> select(URI target) {
    List<Proxy> told = jvm == null ? List.of(Proxy.NO_PROXY) : jvm.select(target);
    boolean isDirect = told.stream().allMatch(proxy -> proxy.type() == Proxy.Type.DIRECT);
    return isDirect && fromEnvironment != null && !isException(target.getHost())
        ? List.of(
            new Proxy(isSocks(fromEnvironment) ? Proxy.Type.SOCKS : Proxy.Type.HTTP, address()))
        : told;
  }

  private InetSocketAddress address() {
    int port = fromEnvironment.getPort();
    return InetSocketAddress.createUnresolved(
        fromEnvironment.getHost(),
        port >= 0 ? port : isSocks(fromEnvironment) ? SOCKS_PORT : HTTP_PORT);
  }

  /** As Go reads it: loopback is never proxied, a name stands for its subdomains too. */
  private boolean isException(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", "");
    if (name.equals("localhost") || name.startsWith("127.") || name.equals("::1")) {
      return true;
    }
    for (String exception : direct) {
      String domain = exception.replaceFirst("^\\*?\\.", "").replaceFirst(":\\d+$", "");
      boolean matches = name.equals(domain) || name.endsWith("." + domain);
      if (exception.equals("*") || (!domain.isEmpty() && matches)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void connectFailed(URI target, SocketAddress address, IOException failure) {
    if (jvm != null) {
      jvm.connectFailed(target, address, failure);
    }
  }

  /**
   * User and password of the variable, for its own proxy; for others those of the JVM's {@link
   * java.net.Authenticator}.
   *
   * @throws RefusedException if there are none, or the proxy has refused them
   */
  @Override
  public @Nullable Request authenticate(@Nullable Route route, Response response)
      throws IOException {
    List<String> schemes = response.challenges().stream().map(Challenge::scheme).toList();
    boolean asked = !schemes.contains(PREEMPTIVE);
    boolean again = response.request().header("Proxy-Authorization") != null;
    Request next = again ? null : authenticated(route, response);
    if (next == null && asked) {
      throw new RefusedException(
          (again ? "refused the user and the password" : "wants a user and a password")
              + " (407, "
              + String.join(", ", schemes)
              + ")");
    }
    return next;
  }

  private @Nullable Request authenticated(@Nullable Route route, Response response) {
    if (route == null || !(route.proxy().address() instanceof InetSocketAddress proxy)) {
      return null;
    }
    String user = fromEnvironment == null ? null : fromEnvironment.getRawUserInfo();
    String credentials =
        user != null && address().equals(proxy) ? ofVariable(user) : ofJvm(proxy, response);
    return credentials == null
        ? null
        : response.request().newBuilder().header("Proxy-Authorization", credentials).build();
  }

  private static String ofVariable(String user) {
    String[] parts = user.split(":", 2);
    return Credentials.basic(
        decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]), StandardCharsets.UTF_8);
  }

  /** OkHttp's own way to ask wants the address of a proxy whose name it has not resolved. */
  private static @Nullable String ofJvm(InetSocketAddress proxy, Response response) {
    for (Challenge challenge : response.challenges()) {
      PasswordAuthentication known =
          !challenge.scheme().equalsIgnoreCase("Basic")
              ? null
              : Authenticator.requestPasswordAuthentication(
                  proxy.getHostString(),
                  proxy.getAddress(),
                  proxy.getPort(),
                  "http",
                  challenge.realm(),
                  challenge.scheme(),
                  response.request().url().url(),
                  RequestorType.PROXY);
      if (known != null) {
        return Credentials.basic(
            known.getUserName(), new String(known.getPassword()), challenge.charset());
      }
    }
    return null;
  }

  private static String decoded(String percentEncoded) {
    return URI.create("x://" + percentEncoded + "@h").getUserInfo();
  }

  /** Without user and password. */
  @Override
  public String toString() {
    return "Proxies[" + (fromEnvironment == null ? "of the JVM" : address()) + "]";
  }
}
