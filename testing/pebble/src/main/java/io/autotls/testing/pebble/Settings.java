package io.autotls.testing.pebble;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link Pebble.Builder} collected, and how Pebble wants to be told. */
record Settings(
    PebbleVersion version,
    @Nullable Integer httpPort,
    @Nullable Integer tlsPort,
    @Nullable Duration certificateLifetime,
    Map<String, Duration> profiles,
    Map<String, String> externalAccounts,
    List<String> blockedDomains,
    Duration retryAfter,
    Map<String, String> environment,
    int alternateRoots,
    Strictness strictness) {
  Settings {
    profiles = new LinkedHashMap<>(profiles);
    externalAccounts = Map.copyOf(externalAccounts);
    blockedDomains = List.copyOf(blockedDomains);
    environment = Map.copyOf(environment);
  }

  /** The free ports, with those that were asked for in place. */
  Ports ports(Ports free) {
    return new Ports(
        free.directory(),
        free.management(),
        free.dns(),
        free.dnsManagement(),
        httpPort == null ? free.http() : httpPort,
        tlsPort == null ? free.tls() : tlsPort);
  }

  /** Pebble's configuration file. */
  String json(Ports ports, HttpsIdentity identity) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("listenAddress", "127.0.0.1:" + ports.directory());
    json.put("managementListenAddress", "127.0.0.1:" + ports.management());
    json.put("certificate", identity.certificateFile());
    json.put("privateKey", identity.keyFile());
    json.put("httpPort", ports.http());
    json.put("tlsPort", ports.tls());
    json.put("ocspResponderURL", "");
    json.put("externalAccountBindingRequired", !externalAccounts.isEmpty());
    json.put("externalAccountMACKeys", externalAccounts);
    json.put("domainBlocklist", blockedDomains);
    json.put(
        "retryAfter", Map.of("authz", retryAfter.toSeconds(), "order", retryAfter.toSeconds()));
    if (version == PebbleVersion.V2_10) {
      json.put("profiles", profilesJson());
    } else if (certificateLifetime != null) {
      json.put("certificateValidityPeriod", certificateLifetime.toSeconds());
    }
    return Json.write(Map.of("pebble", json));
  }

  // An order that names no profile gets any of them, so a lifetime alone is one profile alone.
  private Map<String, Object> profilesJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    if (certificateLifetime != null) {
      json.put("default", profile("default", certificateLifetime));
    }
    profiles.forEach((name, lifetime) -> json.put(name, profile(name, lifetime)));
    return json;
  }

  private static Map<String, Object> profile(String name, Duration lifetime) {
    return Map.of("description", "profile " + name, "validityPeriod", lifetime.toSeconds());
  }
}
