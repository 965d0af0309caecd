package io.autotls.acme;

import java.net.URI;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An account at a CA: what it may ask for (RFC 8555 §7.3 to §7.5). Immutable; each call is one exchange
 * with the CA. Safe for use by many threads.
 */
public final class AcmeAccount {
  private static final String POST_AS_GET = "";
  private static final int MAX_PAGES = 50;

  private final AcmeClient client;
  private final KeyPair key;
  private final URI url;

  AcmeAccount(AcmeClient client, KeyPair key, URI url) {
    this.client = client;
    this.key = key;
    this.url = url;
  }

  /** Names the account. */
  public URI url() {
    return url;
  }

  /** What the answer to a challenge is made of: the token with the thumbprint of the key (§8.1). */
  public String keyAuthorization(String token) {
    return token + "." + Jws.thumbprint(key.getPublic());
  }

  /** Makes an order. A CA may answer with one that exists already: go by its status. */
  public Order newOrder(OrderRequest request) throws AcmeException {
    Answer answer = post(client.directory().newOrder(), request.toJson());
    return order(answer.location(), answer);
  }

  /** Reads an order. */
  public Order order(URI order) throws AcmeException {
    return order(order, post(order, POST_AS_GET));
  }

  /** Reads an authorization. */
  public Authorization authorization(URI authorization) throws AcmeException {
    Answer answer = post(authorization, POST_AS_GET);
    try {
      return Authorization.parse(authorization, answer.json());
    } catch (MalformedAnswerException e) {
      throw answer.nonsense(e);
    }
  }

  /** Tells the CA to look for the answer, which must be there (§7.5.1). Once only for each challenge. */
  public Challenge trigger(Challenge challenge) throws AcmeException {
    Answer answer = post(challenge.url(), "{}");
    try {
      return Challenge.parse(answer.json());
    } catch (MalformedAnswerException e) {
      throw answer.nonsense(e);
    }
  }

  /**
   * Sends the CSR of an order that is ready.
   *
   * @param csr in DER, as {@link Csr#of} makes it
   */
  public Order finalizeOrder(Order order, byte[] csr) throws AcmeException {
    if (key.getPublic().equals(Csr.publicKey(csr))) {
      throw new IllegalArgumentException("a certificate must not have the account's key (§11.1)");
    }
    String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(csr);
    return order(order.url(), post(order.finalizeUrl(), Json.write(Map.of("csr", encoded))));
  }

  /**
   * Downloads the certificate of an order that is valid. Use it only after {@link
   * CertificateChain#verify}.
   */
  public CertificateChain certificate(Order order) throws AcmeException {
    URI place =
        order
            .certificate()
            .orElseThrow(() -> new IllegalArgumentException(order + " has no certificate yet"));
    Answer answer = client.post(key, url, place, POST_AS_GET, Transport.PEM_CHAIN);
    try {
      return CertificateChain.parse(answer.body());
    } catch (MalformedAnswerException e) {
      throw answer.nonsense(e);
    }
  }

  /**
   * The orders of this account (§7.1.2.1), as far as the CA lists them; several CAs, Let's Encrypt among
   * them, do not.
   */
  public List<URI> orders() throws AcmeException {
    Answer account = post(url, POST_AS_GET);
    URI page = account.json().link("orders");
    Set<URI> found = new LinkedHashSet<>();
    for (int pages = 0; page != null && pages < MAX_PAGES; pages++) {
      Answer answer;
      try {
        answer = post(page, POST_AS_GET);
        found.addAll(answer.json().requiredUrls("orders"));
      } catch (AcmeProblemException | AcmeServerException e) {
        break; // Boulder names a list that it does not have
      } catch (MalformedAnswerException e) {
        break;
      }
      Optional<URI> next = answer.links("next").stream().findFirst();
      page = next.orElse(null);
    }
    return new ArrayList<>(found);
  }

  private Order order(URI order, Answer answer) throws AcmeException {
    try {
      return Order.parse(order, answer.json(), answer.retryAfter());
    } catch (MalformedAnswerException e) {
      throw answer.nonsense(e);
    }
  }

  private Answer post(URI target, String payload) throws AcmeException {
    return client.post(key, url, target, payload, Transport.ANY);
  }

  @Override
  public String toString() {
    return "AcmeAccount[" + url + "]";
  }
}
