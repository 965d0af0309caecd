package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A CA that only a proxy can reach: nobody resolves its name here. */
class ProxyTest {
  private final ScriptedCa ca = new ScriptedCa("ca.invalid");
  private final URI directory =
      URI.create("https://ca.invalid:" + ca.url("/").getPort() + "/directory");

  @AfterEach
  void stop() {
    ca.close();
  }

  private AcmeClient client(Map<String, String> environment) {
    return AcmeClient.builder(directory)
        .trustedRoots(List.of(ca.pki.root))
        .withoutRepeats()
        .environment(environment)
        .build();
  }

  @ParameterizedTest
  @DisplayName("HTTPS_PROXY is honoured, in both spellings, with and without a scheme")
  @CsvSource({"HTTPS_PROXY,http://", "https_proxy,''", "ALL_PROXY,http://", "all_proxy,http://"})
  void proxyOfTheEnvironment(String variable, String scheme) throws Exception {
    try (TunnelProxy proxy = new TunnelProxy(ca.url("/").getPort(), null);
        AcmeClient client = client(Map.of(variable, scheme + "127.0.0.1:" + proxy.port()))) {
      client.directory();

      assertThat(proxy.requests).hasSize(1).allMatch(line -> line.startsWith("CONNECT ca.invalid"));
    }
  }

  @Test
  void userAndPasswordComeFromTheVariable() throws Exception {
    try (TunnelProxy proxy = new TunnelProxy(ca.url("/").getPort(), "me:p@ss word");
        AcmeClient client =
            client(Map.of("HTTPS_PROXY", "http://me:p%40ss%20word@127.0.0.1:" + proxy.port()))) {
      client.directory();

      assertThat(proxy.requests).hasSize(1);
    }
  }

  @Test
  void aProxyThatWantsAPasswordIsToldWithARemedy() throws Exception {
    try (TunnelProxy proxy = new TunnelProxy(ca.url("/").getPort(), "me:secret");
        AcmeClient client = client(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + proxy.port()))) {
      assertThatThrownBy(client::directory)
          .isInstanceOfSatisfying(
              AcmeNetworkException.class,
              e -> assertThat(e.kind()).isEqualTo(AcmeNetworkException.Kind.PROXY_REFUSED))
          .hasMessageContaining(
              "the proxy 127.0.0.1:" + proxy.port() + " wants a user and a password (407, Basic)")
          .hasMessageContaining("HTTPS_PROXY");
    }
  }

  @Test
  void aPasswordThatTheProxyRefusesIsNotTriedAgainAndNotShown() throws Exception {
    try (TunnelProxy proxy = new TunnelProxy(ca.url("/").getPort(), "me:secret");
        AcmeClient client =
            client(Map.of("HTTPS_PROXY", "http://me:wrong-one@127.0.0.1:" + proxy.port()))) {
      assertThatThrownBy(client::directory)
          .hasMessageContaining("refused the user and the password (407, Basic)")
          .hasMessageNotContaining("wrong-one");
      assertThat(proxy.requests).hasSizeLessThanOrEqualTo(2);
    }
  }

  @Test
  void aCaThatNobodyReachesNamesTheProxyOnTheWay() throws Exception {
    int closed;
    try (ServerSocket free = new ServerSocket(0)) {
      closed = free.getLocalPort();
    }
    try (AcmeClient client = client(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + closed))) {
      assertThatThrownBy(client::directory)
          .hasMessageContaining("cannot be reached through the proxy 127.0.0.1:" + closed);
    }
  }

  @ParameterizedTest
  @DisplayName("NO_PROXY excepts names, what is below them, everything, and loopback always")
  @CsvSource({
    "ca.example.com,ca.example.com,DIRECT",
    "ca.example.com,example.com,DIRECT",
    "ca.example.com,.example.com,DIRECT",
    "ca.example.com,*.Example.com,DIRECT",
    "ca.example.com,example.com:443,DIRECT",
    "ca.example.com,'x.test, example.com',DIRECT",
    "ca.example.com,*,DIRECT",
    "ca.example.com,'',HTTP",
    "ca.example.com,ample.com,HTTP",
    "ca.example.com,example.com.evil.test,HTTP",
    "localhost,'',DIRECT",
    "127.0.0.1,'',DIRECT",
    "'[::1]','',DIRECT",
  })
  void exceptions(String host, String exceptions, Proxy.Type type) {
    Proxies proxies =
        Proxies.of(null, Map.of("HTTPS_PROXY", "http://proxy:3128", "no_proxy", exceptions));

    assertThat(proxies.select(URI.create("https://" + host + "/")))
        .extracting(Proxy::type)
        .containsExactly(type);
  }

  @Test
  void whatTheJvmWasToldComesFirst() {
    Proxy told = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("jvm", 8080));
    ProxySelector jvm =
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI target) {
            return List.of(told);
          }

          @Override
          public void connectFailed(URI target, SocketAddress address, IOException failure) {}
        };

    assertThat(Proxies.of(jvm, Map.of("HTTPS_PROXY", "http://env:1")).select(directory))
        .containsExactly(told);
  }

  @ParameterizedTest
  @DisplayName("a variable that names no proxy is told, and not obeyed")
  @CsvSource({"ftp://x:1", "https://x:1", "://", "http://", "a b", "http://user:pa^ss@x:1"})
  void variablesThatAreNone(String value) {
    assertThat(Proxies.of(null, Map.of("HTTPS_PROXY", value)).select(directory))
        .containsExactly(Proxy.NO_PROXY);
  }

  @Test
  void aSocksProxyIsOne() {
    assertThat(Proxies.of(null, Map.of("ALL_PROXY", "socks5h://proxy")).select(directory))
        .containsExactly(
            new Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("proxy", 1080)));
  }

  /** An HTTP proxy that leads everybody to one port of this machine. */
  private static final class TunnelProxy implements AutoCloseable {
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final ServerSocket server;
    private final int target;
    private final @Nullable String credentials; // null: everybody may pass

    TunnelProxy(int target, @Nullable String credentials) throws IOException {
      this.target = target;
      this.credentials = credentials;
      this.server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
      inBackground(this::accept);
    }

    int port() {
      return server.getLocalPort();
    }

    private void accept() throws IOException {
      while (!server.isClosed()) {
        Socket client = server.accept();
        inBackground(() -> serve(client));
      }
    }

    private void serve(Socket client) throws IOException {
      String request = head(client.getInputStream());
      requests.add(request.lines().findFirst().orElse(""));
      if (credentials != null && !request.contains("Basic " + base64(credentials) + "\r\n")) {
        answer(client, "407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0");
        client.close();
        return;
      }
      Socket ca = new Socket(InetAddress.getLoopbackAddress(), target);
      answer(client, "200 OK");
      inBackground(() -> ca.getInputStream().transferTo(client.getOutputStream()));
      client.getInputStream().transferTo(ca.getOutputStream());
    }

    private static String head(InputStream in) throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          return head.toString();
        }
        head.append((char) next);
      }
      return head.toString();
    }

    private static void answer(Socket client, String status) throws IOException {
      client
          .getOutputStream()
          .write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static String base64(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void inBackground(Connection connection) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  connection.run();
                } catch (IOException e) {
                  // the other side hung up
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }

    private interface Connection {
      void run() throws IOException;
    }
  }
}
