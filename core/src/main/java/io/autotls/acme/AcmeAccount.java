package io.autotls.acme;

import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An account with a CA: orders, proves, downloads, revokes. Get one from {@link
 * AcmeClient#register}, {@link AcmeClient#findAccount} or {@link AcmeClient#account}.
 *
 * <p>Each method is one request, or a few if it says so. It holds no state but key and URL, and is
 * safe for use by many threads. Closing the client ends it.
 */
public final class AcmeAccount {
  private static final String PEM_CHAIN = "application/pem-certificate-chain";
  private static final int MAX_PAGES = 100;
  private static final int MAX_ORDERS = 10_000;

  private final AcmeClient client;
  private final AccountKey key;
  private final URI url;

  AcmeAccount(AcmeClient client, AccountKey key, URI url) {
    this.client = client;
    this.key = key;
    this.url = url;
  }

  /** The account's URL, which names it in requests and in CAA records (RFC 8657). */
  public URI url() {
    return url;
  }

  /** The thumbprint of the account's key (RFC 7638). Not secret. */
  public String keyThumbprint() {
    return key.thumbprint();
  }

  /**
   * What proves control of the key in the answer to a challenge (RFC 8555 §8.1).
   *
   * @throws IllegalArgumentException if the token has characters that no token has
   */
  public String keyAuthorization(String token) {
    if (!AcmeChallenge.isToken(token)) {
      throw new IllegalArgumentException("a token has letters, digits, - and _ only");
    }
    return token + "." + key.thumbprint();
  }

  /**
   * Orders a certificate (RFC 8555 §7.4). The answer may be an earlier order for the same names,
   * and in any state. Keep its URL.
   *
   * <p>{@code replaces} is left out if the CA has no renewal information.
   *
   * @throws AcmeUnsupportedException if the CA does not have the profile
   * @throws AcmeProblemException if it refuses; with {@code replaces}, any refusal may be because
   *     of that, and deserves one more try without, which {@link OrderFlow} makes
   */
  public Order newOrder(OrderRequest request) throws AcmeException {
    Directory directory = client.directory();
    checkProfile(request, directory);
    OrderRequest understood =
        directory.offersRenewalInfo() ? request : request.toBuilder().replacesNothing().build();
    Reply reply = post(directory.newOrderUrl(), understood.toJson());
    return Order.read(reply.requiredLocation(), reply);
  }

  /** The order as it is now. */
  public Order order(URI orderUrl) throws AcmeException {
    return Order.read(orderUrl, get(orderUrl, HttpChannel.JSON));
  }

  /** The authorization as it is now. */
  public Authorization authorization(URI authorizationUrl) throws AcmeException {
    return Authorization.read(authorizationUrl, get(authorizationUrl, HttpChannel.JSON));
  }

  /**
   * Creates an authorization before there is an order (RFC 8555 §7.4.1). Hardly any CA offers it.
   *
   * @throws AcmeUnsupportedException if the CA does not
   */
  public Authorization preAuthorize(Identifier identifier) throws AcmeException {
    URI newAuthz = client.directory().newAuthzUrl();
    Reply reply = post(newAuthz, Map.of("identifier", identifier.toJson()));
    return Authorization.read(reply.requiredLocation(), reply);
  }

  /**
   * Tells the CA that the answer to this challenge is in place (RFC 8555 §7.5.1). Do so once; then
   * look at the authorization.
   */
  public AcmeChallenge trigger(AcmeChallenge challenge) throws AcmeException {
    return AcmeChallenge.read(post(challenge.url(), Map.of()));
  }

  /** Gives up an authorization (RFC 8555 §7.5.2), and with it the orders that need it. */
  public Authorization deactivate(Authorization authorization) throws AcmeException {
    Reply reply = post(authorization.url(), Map.of("status", "deactivated"));
    return Authorization.read(authorization.url(), reply);
  }

  /**
   * Sends the CSR of a {@code ready} order (RFC 8555 §7.4). Keep the private key before that. If
   * the answer is lost, look at the order, and never send a CSR for another key.
   *
   * @param csr DER, with exactly the names of the order: see {@link Csr}
   * @throws IllegalArgumentException if the CSR is for the account's own key
   * @throws AcmeProblemException {@link ProblemType#ORDER_NOT_READY}: look at the order; {@link
   *     ProblemType#BAD_CSR}: the order stays ready for a better one
   */
  public Order finalizeOrder(Order order, byte[] csr) throws AcmeException {
    if (Csr.isFor(csr, key.publicKey())) {
      throw new IllegalArgumentException(
          "the account's key must not become a certificate's key (RFC 8555 §11.1)");
    }
    Reply reply = post(order.finalizeUrl(), Map.of("csr", Base64Url.encode(csr)));
    return Order.read(order.url(), reply); // not its Location: several CAs send none here
  }

  /**
   * Downloads the certificate of a {@code valid} order (RFC 8555 §7.4.2). Can be repeated for as
   * long as the CA keeps it. {@linkplain CertificateChain#verify Verify} it before use.
   *
   * @throws IllegalArgumentException if the order is not valid, or has no certificate
   */
  public CertificateChain certificate(Order order) throws AcmeException {
    // Some CAs show the URL while they are still issuing.
    if (order.status() != OrderStatus.VALID || order.certificateUrl().isEmpty()) {
      throw new IllegalArgumentException("there is no certificate yet: " + order);
    }
    return certificate(order.certificateUrl().get());
  }

  /** Downloads a certificate, or one of its {@linkplain CertificateChain#alternates alternates}. */
  public CertificateChain certificate(URI certificateUrl) throws AcmeException {
    return CertificateChain.read(certificateUrl, get(certificateUrl, PEM_CHAIN));
  }

  /**
   * The URLs of the account's orders (RFC 8555 §7.1.2.1), in the CA's order, to find one whose URL
   * was lost. Takes one request for the account and one for each page. Empty if the CA has no such
   * list; Let's Encrypt and Google have none.
   */
  public List<URI> orders() throws AcmeException {
    Set<URI> orders = new LinkedHashSet<>();
    Set<URI> pages = new LinkedHashSet<>();
    URI page = fetch().ordersUrl().orElse(null);
    while (page != null && pages.size() < MAX_PAGES && pages.add(page)) {
      Reply reply;
      try {
        reply = get(page, HttpChannel.JSON);
      } catch (AcmeProblemException e) {
        break; // Boulder has been seen to name a list that it does not have
      }
      orders.addAll(reply.read(json -> json.requiredUrls("orders")));
      if (orders.size() > MAX_ORDERS) {
        break;
      }
      URI next = reply.firstLink("next");
      page = next != null && Urls.isHttps(next) ? next : null;
    }
    return new ArrayList<>(orders);
  }

  /** What the CA knows about the account. */
  public AccountInfo fetch() throws AcmeException {
    return get(url, HttpChannel.JSON).read(json -> AccountInfo.parse(url, json));
  }

  /** Replaces all contacts; none removes them (RFC 8555 §7.3.2). */
  public AccountInfo update(List<URI> contacts) throws AcmeException {
    return change(Map.of("contact", contacts.stream().map(URI::toString).toList()));
  }

  /** Agrees to the terms of service that a CA has changed. Only if a person has decided so. */
  public AccountInfo agreeToTermsOfService() throws AcmeException {
    return change(Map.of("termsOfServiceAgreed", true));
  }

  /** Closes the account, for good (RFC 8555 §7.3.6). Its certificates stay valid. */
  public AccountInfo deactivate() throws AcmeException {
    return change(Map.of("status", "deactivated"));
  }

  /**
   * Gives the account another key (RFC 8555 §7.3.5). Keep the new key before calling this, and the
   * old one until it has returned. If the answer is lost, {@link AcmeClient#findAccount} tells
   * which of the two is right.
   *
   * @return the account with its new key
   * @throws AcmeUnsupportedException if the CA does not offer it
   * @throws AcmeProblemException {@link ProblemType#CONFLICT} if another account has the new key
   */
  public AcmeAccount changeKey(KeyPair newKey) throws AcmeException {
    AccountKey next = AccountKey.of(newKey);
    URI keyChange = client.directory().keyChangeUrl();
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("account", url.toString());
    payload.put("oldKey", key.jwk());
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("jwk", next.jwk());
    header.put("url", keyChange.toString());
    post(keyChange, next.sign(header, Json.write(payload)));
    return new AcmeAccount(client, next, url);
  }

  /** Revokes a certificate that this account ordered. One that is revoked already is fine. */
  public void revoke(X509Certificate certificate, AcmeRevocationReason reason)
      throws AcmeException {
    Revocation.asSuccessIfRevoked(
        () -> post(client.directory().revokeCertUrl(), Revocation.payload(certificate, reason)));
  }

  /**
   * The value of a CAA record that lets this account alone, and these challenge types alone, have
   * certificates for a name (RFC 8657): {@code example.com. CAA 0 issue "…"}. Remember it when the
   * account changes.
   *
   * @param caaIdentity one of {@link Directory#caaIdentities()}
   * @param challengeTypes for example {@code dns-01}; none allows all
   */
  public String caaValue(String caaIdentity, String... challengeTypes) {
    String types =
        challengeTypes.length == 0 ? "" : "; validationmethods=" + String.join(",", challengeTypes);
    return caaIdentity + "; accounturi=" + url + types;
  }

  private AccountInfo change(Map<String, Object> payload) throws AcmeException {
    return post(url, payload).read(json -> AccountInfo.parse(url, json));
  }

  AcmeClient client() {
    return client;
  }

  /** Those of the given profiles that the CA has, in their order. */
  List<String> offeredProfiles(List<String> preferred) throws AcmeException {
    Set<String> offered = client.directory().profiles().keySet();
    return preferred.stream().filter(offered::contains).toList();
  }

  private void checkProfile(OrderRequest request, Directory directory)
      throws AcmeUnsupportedException {
    String profile = request.profile().orElse(null);
    if (profile != null && !directory.profiles().containsKey(profile)) {
      throw new AcmeUnsupportedException(
          "The CA at "
              + directory.url().getHost()
              + " has no certificate profile \""
              + profile
              + "\"; it has "
              + (directory.profiles().isEmpty() ? "none" : directory.profiles().keySet())
              + ".",
          directory.url());
    }
  }

  private Reply get(URI resource, String accept) throws AcmeException {
    return client.requests().get(resource, key, url, accept);
  }

  private Reply post(URI resource, Map<String, Object> payload) throws AcmeException {
    return client.requests().post(resource, key, url, payload);
  }

  /** The URL. */
  @Override
  public String toString() {
    return "AcmeAccount[" + Urls.withoutQuery(url) + "]";
  }
}
