package io.autotls.testing.pebble;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The DNS server that Pebble asks. Unless told otherwise it answers 127.0.0.1 for every name, and
 * no IPv6 address. Names need no final dot. Changes hold at once.
 */
public final class ChallengeDns {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final HttpClient client;
  private final URI management;
  private final InetSocketAddress address;

  ChallengeDns(HttpClient client, URI management, InetSocketAddress address) {
    this.client = client;
    this.management = management;
    this.address = address;
  }

  /** Where it answers queries, over UDP and TCP. */
  public InetSocketAddress address() {
    return address;
  }

  /** Sets IPv4 addresses of a host. */
  public void addA(String host, String... addresses) {
    post("add-a", Map.of("host", fqdn(host), "addresses", List.of(addresses)));
  }

  /** Forgets {@link #addA}. */
  public void clearA(String host) {
    post("clear-a", Map.of("host", fqdn(host)));
  }

  /** Sets IPv6 addresses of a host; Pebble prefers them to IPv4, without falling back. */
  public void addAaaa(String host, String... addresses) {
    post("add-aaaa", Map.of("host", fqdn(host), "addresses", List.of(addresses)));
  }

  /** Forgets {@link #addAaaa}. */
  public void clearAaaa(String host) {
    post("clear-aaaa", Map.of("host", fqdn(host)));
  }

  /** Adds a TXT value; those that are there stay. */
  public void addTxt(String host, String value) {
    post("set-txt", Map.of("host", fqdn(host), "value", value));
  }

  /** Removes all TXT values. */
  public void clearTxt(String host) {
    post("clear-txt", Map.of("host", fqdn(host)));
  }

  /** Makes a host an alias of another one. */
  public void setCname(String host, String target) {
    post("set-cname", Map.of("host", fqdn(host), "target", fqdn(target)));
  }

  /** Forgets {@link #setCname}. */
  public void clearCname(String host) {
    post("clear-cname", Map.of("host", fqdn(host)));
  }

  /** Lets every query for a host fail. */
  public void setServfail(String host) {
    post("set-servfail", Map.of("host", fqdn(host)));
  }

  /** Forgets {@link #setServfail}. */
  public void clearServfail(String host) {
    post("clear-servfail", Map.of("host", fqdn(host)));
  }

  private void post(String path, Map<String, Object> body) {
    try {
      tryToPost(path, body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void tryToPost(String path, Map<String, Object> body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(management.resolve("/" + path))
            .timeout(DEADLINE)
            .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)))
            .build();
    Requests.send(client, request, HttpResponse.BodyHandlers.discarding());
  }

  static String fqdn(String host) {
    return host.endsWith(".") ? host : host + ".";
  }
}
