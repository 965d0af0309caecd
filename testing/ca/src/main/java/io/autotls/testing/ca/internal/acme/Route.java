package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import java.util.Map;
import java.util.Set;

/** Which resource a path names; {@code id} is what follows the resource's prefix. */
record Route(Endpoint endpoint, String id) {
  private static final Map<String, Endpoint> EXACT =
      Map.of(
          Urls.DIRECTORY, Endpoint.DIRECTORY,
          Urls.NEW_NONCE, Endpoint.NEW_NONCE,
          Urls.NEW_ACCOUNT, Endpoint.NEW_ACCOUNT,
          Urls.NEW_ORDER, Endpoint.NEW_ORDER,
          Urls.NEW_AUTHZ, Endpoint.NEW_AUTHZ,
          Urls.KEY_CHANGE, Endpoint.KEY_CHANGE,
          Urls.REVOKE_CERT, Endpoint.REVOKE_CERT);
  private static final Map<String, Endpoint> PREFIXES =
      Map.of(
          Urls.RENEWAL_INFO, Endpoint.RENEWAL_INFO,
          Urls.ACCOUNT, Endpoint.ACCOUNT,
          Urls.ORDERS, Endpoint.ACCOUNT_ORDERS,
          Urls.ORDER, Endpoint.ORDER,
          Urls.FINALIZE, Endpoint.FINALIZE,
          Urls.AUTHORIZATION, Endpoint.AUTHORIZATION,
          Urls.CHALLENGE, Endpoint.CHALLENGE,
          Urls.CERTIFICATE, Endpoint.CERTIFICATE);
  private static final Set<Endpoint> PLAIN =
      Set.of(Endpoint.DIRECTORY, Endpoint.NEW_NONCE, Endpoint.RENEWAL_INFO);

  static Route of(String path) {
    Endpoint exact = EXACT.get(path);
    if (exact != null) {
      return new Route(exact, "");
    }
    int end = path.indexOf('/', 1) + 1;
    Endpoint endpoint = PREFIXES.getOrDefault(path.substring(0, end), Endpoint.UNKNOWN);
    return new Route(endpoint, path.substring(end));
  }

  /** Whether anybody may read it with GET (RFC 8555 §6.3). */
  boolean isPlain() {
    return PLAIN.contains(endpoint);
  }
}
