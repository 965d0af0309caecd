package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.RetryAfter;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How the CA behaves; what a test changes while the CA runs can be set at any time. */
public final class Settings {
  private static final Duration RENEWAL_INFO_PERIOD = Duration.ofHours(6);

  /** What is fixed at the start. */
  public record Fixed(
      InstantSource time,
      Map<String, Duration> profiles,
      Map<String, byte[]> externalAccounts,
      @Nullable URI termsOfService,
      List<String> challengeTypes,
      List<String> caaIdentities,
      Set<Feature> features,
      Duration orderLifetime,
      Duration authorizationLifetime,
      Duration backdate) {
    public Fixed {
      profiles = new LinkedHashMap<>(profiles);
      externalAccounts = Map.copyOf(externalAccounts);
      challengeTypes = List.copyOf(challengeTypes);
      caaIdentities = List.copyOf(caaIdentities);
      features = Set.copyOf(features);
    }
  }

  /** What a CA may or may not do. */
  public enum Feature {
    ORDER_REUSE,
    PRE_AUTHORIZATION,
    RENEWAL_INFO,
    SERVER_CERTIFICATES_ONLY
  }

  private final Fixed fixed;
  private final FlowSettings flow = new FlowSettings();
  private final Tampering tampering = new Tampering();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final Map<Endpoint, RetryAfter> retryAfter = new ConcurrentHashMap<>();
  private volatile Map<String, Duration> profiles;
  private volatile Duration certificateLifetime = Duration.ofDays(90);
  private volatile int httpPort = 80;
  private volatile int tlsPort = 443;
  private volatile double rejectedNonces;
  private volatile @Nullable Function<Instant, Problem>
      replacesRefusal; // null: judged as RFC 9773 says

  public Settings(Fixed fixed) {
    this.fixed = fixed;
    this.profiles = fixed.profiles();
    retryAfter.put(Endpoint.RENEWAL_INFO, RetryAfter.seconds(RENEWAL_INFO_PERIOD));
  }

  public Fixed fixed() {
    return fixed;
  }

  public FlowSettings flow() {
    return flow;
  }

  public Tampering tampering() {
    return tampering;
  }

  public boolean has(Feature feature) {
    return fixed.features().contains(feature);
  }

  public Duration certificateLifetime() {
    return certificateLifetime;
  }

  public void certificateLifetime(Duration lifetime) {
    certificateLifetime = lifetime;
  }

  /** Names and lifetimes. */
  Map<String, Duration> profiles() {
    return profiles;
  }

  /** Adds a profile, or changes the lifetime of its certificates. */
  public synchronized void profile(String name, Duration lifetime) {
    Map<String, Duration> copy = new LinkedHashMap<>(profiles);
    copy.put(name, lifetime);
    profiles = copy;
  }

  public synchronized void removeProfile(String name) {
    Map<String, Duration> copy = new LinkedHashMap<>(profiles);
    copy.remove(name);
    profiles = copy;
  }

  public int httpPort() {
    return httpPort;
  }

  public void httpPort(int port) {
    httpPort = port;
  }

  public int tlsPort() {
    return tlsPort;
  }

  public void tlsPort(int port) {
    tlsPort = port;
  }

  public double rejectedNonces() {
    return rejectedNonces;
  }

  public void rejectedNonces(double share) {
    rejectedNonces = share;
  }

  public void retryAfter(Endpoint endpoint, RetryAfter changed) {
    retryAfter.put(endpoint, changed);
  }

  /** A copy of the response that says when to come back, if this endpoint says it. */
  HttpResponse withRetryAfter(Endpoint endpoint, HttpResponse response) {
    return withRetryAfter(retryAfter.getOrDefault(endpoint, RetryAfter.none()), response);
  }

  HttpResponse withRetryAfter(RetryAfter value, HttpResponse response) {
    HttpResponse copy = response;
    for (String text : value.values(fixed.time().instant())) {
      copy = copy.plus("Retry-After", text);
    }
    return copy;
  }

  Optional<Problem> replacesRefusal() {
    return Optional.ofNullable(replacesRefusal).map(at -> at.apply(fixed.time().instant()));
  }

  /** Null: {@code replaces} is judged as RFC 9773 says. */
  public void replacesRefusal(@Nullable Function<Instant, Problem> problem) {
    replacesRefusal = problem;
  }

  public void refuse(String name) {
    refused.add(name);
  }

  public void accept(String name) {
    refused.remove(name);
  }

  boolean refuses(Identifier identifier) {
    return refused.contains(identifier.value()) || refused.contains(identifier.base());
  }
}
