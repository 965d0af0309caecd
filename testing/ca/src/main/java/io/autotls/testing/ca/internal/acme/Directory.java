package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.Settings.Feature;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** The directory (RFC 8555 §7.1.1). */
final class Directory {
  private final Settings settings;
  private final Urls urls;
  private final RandomGenerator random;

  Directory(Settings settings, Urls urls, RandomGenerator random) {
    this.settings = settings;
    this.urls = urls;
    this.random = random;
  }

  HttpResponse read() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("newNonce", urls.at(Urls.NEW_NONCE));
    json.put("newAccount", urls.at(Urls.NEW_ACCOUNT));
    json.put("newOrder", urls.at(Urls.NEW_ORDER));
    if (settings.has(Feature.PRE_AUTHORIZATION)) {
      json.put("newAuthz", urls.at(Urls.NEW_AUTHZ));
    }
    json.put("revokeCert", urls.at(Urls.REVOKE_CERT));
    json.put("keyChange", urls.at(Urls.KEY_CHANGE));
    if (settings.has(Feature.RENEWAL_INFO)) {
      json.put("renewalInfo", urls.renewalInfo());
    }
    json.put("meta", meta());
    // As at Let's Encrypt, a client must ignore what it does not know.
    json.put("x" + Long.toHexString(random.nextLong()), "https://example.com/unknown-member");
    return Replies.json(200, json);
  }

  private Map<String, Object> meta() {
    Map<String, Object> meta = new LinkedHashMap<>();
    if (settings.fixed().termsOfService() != null) {
      meta.put("termsOfService", settings.fixed().termsOfService().toString());
    }
    meta.put("caaIdentities", settings.fixed().caaIdentities());
    meta.put("externalAccountRequired", !settings.fixed().externalAccounts().isEmpty());
    if (!settings.profiles().isEmpty()) {
      Map<String, Object> profiles = new LinkedHashMap<>();
      settings
          .profiles()
          .forEach((name, lifetime) -> profiles.put(name, "Certificates for " + lifetime));
      meta.put("profiles", profiles);
    }
    return meta;
  }
}
