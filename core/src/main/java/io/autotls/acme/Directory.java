package io.autotls.acme;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a CA does what, and what it says of itself (RFC 8555 §7.1.1). Immutable. */
public final class Directory {
  private final URI newNonce;
  private final URI newAccount;
  private final URI newOrder;
  private final @Nullable URI termsOfService;
  private final boolean externalAccountRequired;
  private final Map<String, String> profiles;

  private Directory(JsonObject json) throws MalformedAnswerException {
    this.newNonce = json.requiredUrl("newNonce");
    this.newAccount = json.requiredUrl("newAccount");
    this.newOrder = json.requiredUrl("newOrder");
    JsonObject meta = json.object("meta");
    this.termsOfService = meta == null ? null : meta.link("termsOfService");
    this.externalAccountRequired =
        meta != null && Boolean.TRUE.equals(meta.bool("externalAccountRequired"));
    JsonObject offered = meta == null ? null : meta.object("profiles");
    this.profiles = offered == null ? Map.of() : Map.copyOf(offered.stringMembers());
  }

  /** Unknown members are ignored: Let's Encrypt puts a random one into every answer, for that purpose. */
  static Directory parse(JsonObject json) throws MalformedAnswerException {
    return new Directory(json);
  }

  URI newNonce() {
    return newNonce;
  }

  URI newAccount() {
    return newAccount;
  }

  URI newOrder() {
    return newOrder;
  }

  /** The terms of service, if the CA has some. */
  public Optional<URI> termsOfService() {
    return Optional.ofNullable(termsOfService);
  }

  /** Whether the CA says that it accepts only accounts that are bound to one of its own. */
  public boolean externalAccountRequired() {
    return externalAccountRequired;
  }

  /** The certificate profiles that the CA offers, by name, with their descriptions. */
  public Map<String, String> profiles() {
    return profiles;
  }
}
