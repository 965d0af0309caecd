package io.autotls.testing.ca;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.json.JsonUtil;
import org.jose4j.lang.JoseException;

/** The least that speaks ACME, and lets a test get each part of a request wrong. */
final class AcmeClient {
  private final TestCa ca;
  private final HttpClient http;
  private final Map<String, Object> directory;
  private final Deque<String> nonces = new ArrayDeque<>();
  KeyPair key = ec();
  String kid;

  AcmeClient(TestCa ca) {
    this.ca = ca;
    this.http = HttpClient.newBuilder().sslContext(ca.httpsContext()).build();
    this.directory = get(ca.directory().toString()).json();
  }

  /** A response; header names compare without regard to case. */
  record Reply(int status, HttpResponse<String> http) {
    Map<String, Object> json() {
      try {
        return JsonUtil.parseJson(http.body());
      } catch (JoseException e) {
        throw new AssertionError("not JSON: " + http.body(), e);
      }
    }

    String header(String name) {
      return http.headers().firstValue(name).orElse(null);
    }

    List<String> links() {
      return http.headers().allValues("Link");
    }

    String text(String member) {
      return (String) json().get(member);
    }

    @SuppressWarnings("unchecked")
    List<String> strings(String member) {
      return (List<String>) json().get(member);
    }

    @SuppressWarnings("unchecked")
    List<Map<String, Object>> objects(String member) {
      return (List<Map<String, Object>>) json().get(member);
    }

    String problem() {
      String type = text("type");
      return type.substring(type.lastIndexOf(':') + 1);
    }
  }

  static KeyPair ec() {
    return generate("EC", new ECGenParameterSpec("secp256r1"));
  }

  private static KeyPair generate(String type, ECGenParameterSpec parameters) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      generator.initialize(parameters);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  String url(String resource) {
    return (String) directory.get(resource);
  }

  @SuppressWarnings("unchecked")
  Map<String, Object> meta() {
    return (Map<String, Object>) directory.get("meta");
  }

  Reply get(String url) {
    return send(HttpRequest.newBuilder(URI.create(url)).GET().build());
  }

  Reply send(HttpRequest request) {
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      response.headers().firstValue("Replay-Nonce").ifPresent(nonces::add);
      return new Reply(response.statusCode(), response);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  String nonce() {
    if (nonces.isEmpty()) {
      get(url("newNonce"));
    }
    return nonces.remove();
  }

  Map<String, Object> header(String url) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("alg", "ES256");
    header.put("nonce", nonce());
    header.put("url", url);
    if (kid != null) {
      header.put("kid", kid);
    } else {
      header.put("jwk", jwk(key));
    }
    return header;
  }

  Reply post(String url, String payload) {
    return post(url, sign(header(url), payload, key));
  }

  Reply post(String url, Map<String, Object> jws) {
    return send(
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/jose+json")
            .POST(BodyPublishers.ofString(JsonUtil.toJson(jws)))
            .build());
  }

  Reply read(String url) {
    return post(url, "");
  }

  static Map<String, Object> sign(Map<String, Object> header, String payload, KeyPair key) {
    String head = base64(JsonUtil.toJson(header));
    String body = base64(payload);
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key.getPrivate());
      signature.update((head + "." + body).getBytes(StandardCharsets.US_ASCII));
      return jws(head, body, signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static Map<String, Object> mac(Map<String, Object> header, String payload, byte[] secret) {
    String head = base64(JsonUtil.toJson(header));
    String body = base64(payload);
    try {
      String algorithm = ((String) header.get("alg")).replace("HS", "HmacSHA");
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(secret, algorithm));
      return jws(head, body, mac.doFinal((head + "." + body).getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, Object> jws(String head, String body, byte[] signature) {
    Map<String, Object> jws = new LinkedHashMap<>();
    jws.put("protected", head);
    jws.put("payload", body);
    jws.put("signature", base64(signature));
    return jws;
  }

  static Map<String, Object> jwk(KeyPair pair) {
    ECPublicKey key = (ECPublicKey) pair.getPublic();
    Map<String, Object> jwk = new LinkedHashMap<>();
    jwk.put("crv", "P-256");
    jwk.put("kty", "EC");
    jwk.put("x", base64(fixed(key.getW().getAffineX())));
    jwk.put("y", base64(fixed(key.getW().getAffineY())));
    return jwk;
  }

  private static byte[] fixed(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return fixed;
  }

  static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  String keyAuthorization(String token) {
    return token + "." + base64(sha256(JsonUtil.toJson(jwk(key))));
  }

  AcmeClient register() {
    Reply reply = post(url("newAccount"), "{\"termsOfServiceAgreed\":true}");
    if (reply.status() >= 300) {
      throw new AssertionError(reply.http().body());
    }
    kid = reply.header("Location");
    return this;
  }

  Reply order(String... names) {
    return post(url("newOrder"), orderPayload("", names));
  }

  static String orderPayload(String more, String... names) {
    StringBuilder json = new StringBuilder("{\"identifiers\":[");
    for (String name : names) {
      boolean ip = name.matches("[0-9.]+|.*:.*");
      json.append(json.charAt(json.length() - 1) == '[' ? "" : ",");
      json.append("{\"type\":\"%s\",\"value\":\"%s\"}".formatted(ip ? "ip" : "dns", name));
    }
    return json.append("]").append(more).append("}").toString();
  }

  /** The challenge of this type in the first authorization of an order. */
  Map<String, Object> challenge(Reply order, String type) {
    return challenges(order.strings("authorizations").get(0), type);
  }

  Map<String, Object> challenges(String authorization, String type) {
    return read(authorization).objects("challenges").stream()
        .filter(challenge -> challenge.get("type").equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + type));
  }

  /** Asks until the status is final; the CA validates on its own threads. */
  Reply await(String url) {
    for (int i = 0; i < 20_000; i++) {
      Reply reply = read(url);
      if (!List.of("pending", "processing").contains(reply.text("status"))) {
        return reply;
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("never final: " + url);
  }

  /** An order whose authorizations all are valid, by way of dns-01. */
  Reply readyOrder(String... names) {
    return ready(order(names));
  }

  Reply ready(Reply order) {
    for (String url : order.strings("authorizations")) {
      Reply authorization = read(url);
      @SuppressWarnings("unchecked")
      Map<String, Object> identifier = (Map<String, Object>) authorization.json().get("identifier");
      Map<String, Object> challenge = challenges(url, "dns-01");
      String digest = base64(sha256(keyAuthorization((String) challenge.get("token"))));
      ca.dns().addTxt("_acme-challenge." + identifier.get("value"), digest);
      post((String) challenge.get("url"), "{}");
      await(url);
    }
    return order;
  }

  Reply finish(Reply order, KeyPair certificateKey, String... names) {
    return post(order.text("finalize"), csrPayload(Csrs.csr(certificateKey, names)));
  }

  static String csrPayload(byte[] csr) {
    return "{\"csr\":\"" + base64(csr) + "\"}";
  }

  /** A whole issuance, which returns the PEM. */
  Reply obtain(String... names) {
    return obtain(order(names), names);
  }

  Reply obtain(Reply order, String... names) {
    ready(order);
    finish(order, ec(), names);
    Reply valid = await(order.header("Location"));
    return read(valid.text("certificate"));
  }

  /** A response to {@link TestCa#listen} as a future: an event to wait for. */
  static CompletableFuture<RecordedRequest> next(TestCa ca, Endpoint endpoint) {
    CompletableFuture<RecordedRequest> future = new CompletableFuture<>();
    ca.listen(
        request -> {
          if (request.endpoint() == endpoint) {
            future.complete(request);
          }
        });
    return future;
  }
}
