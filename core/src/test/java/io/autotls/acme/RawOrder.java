package io.autotls.acme;

import java.net.URI;
import java.security.KeyPair;
import java.util.Map;

/** Orders that the client would never place: for CAs that take them, and then do odd things. */
public final class RawOrder {
  private RawOrder() {}

  /** Sends this as it is, and returns the URL of the order. */
  public static URI place(AcmeAccount account, KeyPair key, Map<String, Object> payload)
      throws AcmeException {
    AcmeClient client = account.client();
    URI newOrder = client.directory().newOrderUrl();
    return client
        .requests()
        .post(newOrder, AccountKey.of(key), account.url(), payload)
        .requiredLocation();
  }
}
