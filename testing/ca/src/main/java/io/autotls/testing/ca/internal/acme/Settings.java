package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Processing;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How the CA behaves; what a test changes while the CA runs can be set at any time. */
public final class Settings {
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
    AUTHORIZATION_REUSE,
    RENEWAL_INFO
  }

  private final Fixed fixed;
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private volatile Duration certificateLifetime = Duration.ofDays(90);
  private volatile int httpPort = 80;
  private volatile int tlsPort = 443;
  private volatile double rejectedNonces;
  private volatile @Nullable Duration retryAfter;
  private volatile Duration renewalInfoRetryAfter = Duration.ofHours(6);
  private volatile Duration validationDelay = Duration.ZERO;
  private volatile Duration issuanceDelay = Duration.ZERO;
  private volatile Processing validation = Processing.IN_BACKGROUND;
  private volatile Processing issuance = Processing.IN_BACKGROUND;

  public Settings(Fixed fixed) {
    this.fixed = fixed;
  }

  public Fixed fixed() {
    return fixed;
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

  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Null: orders and authorizations carry no such header. */
  public void retryAfter(@Nullable Duration duration) {
    retryAfter = duration;
  }

  public Duration renewalInfoRetryAfter() {
    return renewalInfoRetryAfter;
  }

  public void renewalInfoRetryAfter(Duration duration) {
    renewalInfoRetryAfter = duration;
  }

  public Duration validationDelay() {
    return validationDelay;
  }

  public void validationDelay(Duration delay) {
    validationDelay = delay;
  }

  public Duration issuanceDelay() {
    return issuanceDelay;
  }

  public void issuanceDelay(Duration delay) {
    issuanceDelay = delay;
  }

  public Processing validation() {
    return validation;
  }

  public void validation(Processing processing) {
    validation = processing;
  }

  public Processing issuance() {
    return issuance;
  }

  public void issuance(Processing processing) {
    issuance = processing;
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
