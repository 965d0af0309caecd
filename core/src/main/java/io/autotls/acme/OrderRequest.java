package io.autotls.acme;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is to be ordered (RFC 8555 §7.4). Immutable. */
public final class OrderRequest {
  private final List<Identifier> identifiers;
  private final @Nullable String profile;

  private OrderRequest(Builder builder) {
    this.identifiers = List.copyOf(builder.identifiers);
    this.profile = builder.profile;
    if (identifiers.isEmpty()) {
      throw new IllegalArgumentException("an order needs at least one identifier");
    }
  }

  /** A builder without identifiers. */
  public static Builder builder() {
    return new Builder();
  }

  String toJson() {
    List<Object> list = new ArrayList<>();
    identifiers.forEach(identifier -> list.add(identifier.toJson()));
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("identifiers", list);
    if (profile != null) {
      members.put("profile", profile);
    }
    return Json.write(members);
  }

  /** Collects what is to be ordered; not safe for use by many threads. */
  public static final class Builder {
    private final Set<Identifier> identifiers = new LinkedHashSet<>();
    private @Nullable String profile;

    private Builder() {}

    /** Adds identifiers; one that is there already is not added again. At least one is needed. */
    public Builder identifiers(Collection<Identifier> more) {
      identifiers.addAll(more);
      return this;
    }

    /** Asks for a profile of {@link Directory#profiles()}. The CA's default unless set. */
    public Builder profile(String profile) {
      this.profile = profile;
      return this;
    }

    /** Makes the request. */
    public OrderRequest build() {
      return new OrderRequest(this);
    }
  }
}
