package io.autotls.acme;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is ordered (RFC 8555 §7.4): names, and wishes that not every CA grants. */
public final class OrderRequest {
  private final List<Identifier> identifiers;
  private final @Nullable String profile; // null: as the CA likes
  private final List<String> preferredProfiles;
  private final @Nullable String replaces; // null: replaces nothing
  private final @Nullable Instant notBefore;
  private final @Nullable Instant notAfter;

  private OrderRequest(Builder builder) {
    if (builder.identifiers.isEmpty()) {
      throw new IllegalArgumentException("an order needs at least one identifier");
    }
    this.identifiers = List.copyOf(builder.identifiers);
    this.profile = builder.profile;
    this.preferredProfiles = List.copyOf(builder.preferredProfiles);
    this.replaces = builder.replaces;
    this.notBefore = builder.notBefore;
    this.notAfter = builder.notAfter;
  }

  /** An order without special wishes. */
  public static OrderRequest of(Identifier... identifiers) {
    return builder().identifiers(List.of(identifiers)).build();
  }

  /** Begins with nothing; at least one identifier is required. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with what this has. */
  public Builder toBuilder() {
    Builder builder = builder().identifiers(identifiers);
    builder.profile = profile;
    builder.preferredProfiles = preferredProfiles;
    builder.replaces = replaces;
    builder.notBefore = notBefore;
    builder.notAfter = notAfter;
    return builder;
  }

  /** The names, each once. */
  public List<Identifier> identifiers() {
    return identifiers;
  }

  /** The certificate profile that is required. */
  public Optional<String> profile() {
    return Optional.ofNullable(profile);
  }

  /** The certificate profiles that are preferred, the best first. */
  public List<String> preferredProfiles() {
    return preferredProfiles;
  }

  /** The id of the certificate that the new one replaces. */
  public Optional<String> replaces() {
    return Optional.ofNullable(replaces);
  }

  /** When the certificate shall begin. */
  public Optional<Instant> notBefore() {
    return Optional.ofNullable(notBefore);
  }

  /** When the certificate shall end. */
  public Optional<Instant> notAfter() {
    return Optional.ofNullable(notAfter);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("identifiers", identifiers.stream().map(Identifier::toJson).toList());
    if (notBefore != null) {
      json.put("notBefore", notBefore.toString());
    }
    if (notAfter != null) {
      json.put("notAfter", notAfter.toString());
    }
    if (profile != null) {
      json.put("profile", profile);
    }
    if (replaces != null) {
      json.put("replaces", replaces);
    }
    return json;
  }

  /** Collects an order. */
  public static final class Builder {
    private final LinkedHashSet<Identifier> identifiers = new LinkedHashSet<>();
    private @Nullable String profile;
    private List<String> preferredProfiles = List.of();
    private @Nullable String replaces;
    private @Nullable Instant notBefore;
    private @Nullable Instant notAfter;

    private Builder() {}

    /**
     * Adds names; repeated ones count once.
     *
     * @throws IllegalArgumentException if one is neither a DNS name nor an IP address
     */
    public Builder identifiers(Collection<Identifier> identifiers) {
      for (Identifier identifier : identifiers) {
        if (identifier.type() == Identifier.Type.OTHER) {
          throw new IllegalArgumentException("cannot be ordered: " + identifier);
        }
        this.identifiers.add(identifier);
      }
      return this;
    }

    /**
     * Requires one of {@link Directory#profiles()}: there is no order without it. The CA chooses
     * unless called.
     */
    public Builder profile(String profile) {
      this.profile = profile;
      this.preferredProfiles = List.of();
      return this;
    }

    /**
     * Prefers some of {@link Directory#profiles()}, the best first: {@link OrderFlow} asks for the
     * first that the CA offers and grants, and otherwise leaves the choice to the CA. A single
     * {@link AcmeAccount#newOrder} sends none of them.
     */
    public Builder preferProfiles(List<String> profiles) {
      this.profile = null;
      this.preferredProfiles = List.copyOf(profiles);
      return this;
    }

    /** Leaves the profile to the CA. */
    public Builder anyProfile() {
      this.profile = null;
      this.preferredProfiles = List.of();
      return this;
    }

    /**
     * Tells which certificate is replaced, by {@link RenewalInfo#certificateId} (RFC 9773 §5). It
     * exempts from rate limits, and is left out where the CA does not know of it. A CA may refuse
     * an order because of it: order again without.
     */
    public Builder replaces(String certificateId) {
      this.replaces = certificateId;
      return this;
    }

    /** When the certificate shall begin. Most public CAs refuse this. */
    public Builder notBefore(Instant notBefore) {
      this.notBefore = notBefore;
      return this;
    }

    /** When the certificate shall end. Most public CAs refuse this. */
    public Builder notAfter(Instant notAfter) {
      this.notAfter = notAfter;
      return this;
    }

    /** Withdraws {@link #replaces(String)}. */
    public Builder replacesNothing() {
      this.replaces = null;
      return this;
    }

    /**
     * The order.
     *
     * @throws IllegalArgumentException if it has no names
     */
    public OrderRequest build() {
      return new OrderRequest(this);
    }
  }
}
