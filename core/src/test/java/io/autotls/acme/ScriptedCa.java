package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Protocol;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jspecify.annotations.Nullable;

/**
 * An HTTPS server that answers as scripted, and is strict about what it is asked: each signed
 * request is checked with means other than those that made it, each nonce is good for one request.
 * What was wrong fails the test in {@link #close()}.
 */
final class ScriptedCa implements AutoCloseable {
  /** A signed request that was found to be right. */
  record Post(String path, Map<String, Object> header, String payload, RecordedRequest request) {
    Map<String, Object> json() {
      try {
        return JsonUtil.parseJson(payload);
      } catch (Exception e) {
        throw new AssertionError(payload, e);
      }
    }
  }

  final TestPki pki = new TestPki();
  final List<RecordedRequest> requests = new ArrayList<>();
  final List<Post> posts = new ArrayList<>();
  private final MockWebServer server = new MockWebServer();
  private final Map<String, Deque<Function<Post, MockResponse.Builder>>> script = new HashMap<>();
  private final Map<String, PublicKey> accounts = new HashMap<>();
  private final Set<String> nonces = new HashSet<>();
  private final List<String> violations = new ArrayList<>();
  private int nonceCount;
  private Function<Integer, Boolean> refusesNonce = number -> false;
  private int signedRequests;

  ScriptedCa() {
    this("127.0.0.1");
  }

  ScriptedCa(String... namesInItsCertificate) {
    server.useHttps(pki.serverSockets(namesInItsCertificate));
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return answer(request);
          }
        });
    try {
      server.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Before the first request: faults of connections can be scripted for HTTP/1.1 only. */
  ScriptedCa speakHttp1() {
    server.setProtocols(List.of(Protocol.HTTP_1_1));
    return this;
  }

  URI url(String path) {
    return URI.create("https://127.0.0.1:" + server.getPort() + path);
  }

  AcmeClient.Builder client() {
    return AcmeClient.builder(url("/directory")).trustedRoots(List.of(pki.root)).withoutRepeats();
  }

  /** An account that the CA knows. */
  URI account(KeyPair key) {
    URI url = url("/account/1");
    accounts.put(url.toString(), key.getPublic());
    return url;
  }

  /** What to answer, for example, to {@code POST /order/1}; the last answer is repeated. */
  synchronized void on(String request, MockResponse.Builder... answers) {
    Deque<Function<Post, MockResponse.Builder>> queue = new ArrayDeque<>();
    for (MockResponse.Builder answer : answers) {
      queue.add(post -> answer);
    }
    script.put(request, queue);
  }

  synchronized void onPost(String path, Function<Post, MockResponse.Builder> answer) {
    script.put("POST " + path, new ArrayDeque<>(List.of(answer)));
  }

  /** Refuses the nonces of those signed requests, counted from 1. */
  void refuseNonces(Function<Integer, Boolean> refused) {
    refusesNonce = refused;
  }

  synchronized List<String> log() {
    return requests.stream().map(r -> r.getMethod() + " " + r.getTarget()).toList();
  }

  synchronized Post lastPost() {
    return posts.get(posts.size() - 1);
  }

  String directory(String... more) {
    StringBuilder json = new StringBuilder("{");
    for (String resource :
        List.of("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange", "renewalInfo")) {
      json.append("\"" + resource + "\":\"" + url("/" + resource) + "\",");
    }
    for (String member : more) {
      json.append(member).append(',');
    }
    json.setCharAt(json.length() - 1, '}');
    return json.toString();
  }

  static MockResponse.Builder json(int status, String body) {
    return new MockResponse.Builder()
        .code(status)
        .setHeader("Content-Type", "application/json")
        .body(body);
  }

  static MockResponse.Builder problem(int status, String type, String detail) {
    return new MockResponse.Builder()
        .code(status)
        .setHeader("Content-Type", "application/problem+json")
        .body(
            "{\"type\":\"urn:ietf:params:acme:error:" + type + "\",\"detail\":\"" + detail + "\"}");
  }

  static MockResponse.Builder html(int status) {
    return new MockResponse.Builder()
        .code(status)
        .setHeader("Content-Type", "text/html; charset=utf-8")
        .body("<html><h1>Bad Gateway</h1></html>");
  }

  @Override
  public void close() {
    server.close();
    assertThat(violations).as("rules that the client broke").isEmpty();
  }

  private synchronized MockResponse answer(RecordedRequest request) {
    requests.add(request);
    checkHeaders(request);
    Post post = null;
    if ("POST".equals(request.getMethod())) {
      post = verified(request);
      if (post == null) {
        return problem(400, "malformed", "see the violations").build();
      }
      boolean known = nonces.remove((String) post.header().get("nonce"));
      if (refusesNonce.apply(++signedRequests) || !known) {
        return problem(400, "badNonce", "not this one").setHeader("Replay-Nonce", nonce()).build();
      }
      posts.add(post);
    }
    MockResponse.Builder response = scripted(request, post);
    boolean givesNonce = post != null || request.getTarget().equals("/newNonce");
    String given = response.getHeaders().get("Replay-Nonce");
    if (given != null) {
      nonces.add(given);
    } else if (givesNonce && response.getHeaders().get("X-No-Nonce") == null) {
      response = response.clone().setHeader("replay-nonce", nonce()); // the case does not matter
    }
    return response.build();
  }

  private MockResponse.Builder scripted(RecordedRequest request, @Nullable Post post) {
    var queue = script.get(request.getMethod() + " " + request.getTarget());
    if (queue != null) {
      return (queue.size() > 1 ? queue.poll() : queue.peek()).apply(post);
    }
    return switch (request.getMethod() + " " + request.getTarget()) {
      case "GET /directory" -> json(200, directory());
      case "HEAD /newNonce" -> new MockResponse.Builder().code(200);
      case "GET /newNonce" -> new MockResponse.Builder().code(204);
      default -> problem(404, "malformed", "nothing here");
    };
  }

  private String nonce() {
    String nonce = "nonce-" + ++nonceCount;
    nonces.add(nonce);
    return nonce;
  }

  private void checkHeaders(RecordedRequest request) {
    String agent = request.getHeaders().get("User-Agent");
    check(agent != null && agent.contains("AutoTls/") && agent.contains("okhttp/"), "User-Agent");
    check(request.getHeaders().get("Accept-Language") != null, "Accept-Language");
    check(request.getHeaders().get("Replay-Nonce") == null, "Replay-Nonce in a request");
  }

  private @Nullable Post verified(RecordedRequest request) {
    int before = violations.size();
    check("application/jose+json".equals(request.getHeaders().get("Content-Type")), "Content-Type");
    try {
      Map<String, Object> jws = JsonUtil.parseJson(request.getBody().utf8());
      check(jws.keySet().equals(Set.of("protected", "payload", "signature")), "members of the JWS");
      Map<String, Object> header = JsonUtil.parseJson(decoded(jws, "protected"));
      PublicKey key = key(header);
      check(header.size() == 4 && header.containsKey("nonce"), "header " + header);
      check(url(request.getTarget()).toString().equals(header.get("url")), "url " + header);
      check(key != null && isSignedBy(key, jws, (String) header.get("alg")), "signature");
      Post post = new Post(request.getTarget(), header, decoded(jws, "payload"), request);
      return violations.size() == before ? post : null;
    } catch (Exception e) {
      violations.add(e.toString());
      return null;
    }
  }

  private @Nullable PublicKey key(Map<String, Object> header) throws Exception {
    if (header.get("jwk") instanceof Map<?, ?> jwk) {
      @SuppressWarnings("unchecked")
      Map<String, Object> members = (Map<String, Object>) jwk;
      return PublicJsonWebKey.Factory.newPublicJwk(members).getPublicKey();
    }
    return accounts.get((String) header.get("kid"));
  }

  static boolean isSignedBy(PublicKey key, Map<String, Object> jws, String algorithm)
      throws Exception {
    Signature signature =
        Signature.getInstance(
            switch (algorithm) {
              case "ES256" -> "SHA256withECDSAinP1363Format";
              case "ES384" -> "SHA384withECDSAinP1363Format";
              case "RS256" -> "SHA256withRSA";
              default -> throw new AssertionError(algorithm);
            });
    signature.initVerify(key);
    signature.update(
        (jws.get("protected") + "." + jws.get("payload")).getBytes(StandardCharsets.US_ASCII));
    return signature.verify(Base64.getUrlDecoder().decode((String) jws.get("signature")));
  }

  static String decoded(Map<String, Object> jws, String member) {
    String value = (String) jws.get(member);
    assertThat(value).doesNotContain("=");
    return new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
  }

  private void check(boolean right, String what) {
    if (!right) {
      violations.add(what);
    }
  }
}
