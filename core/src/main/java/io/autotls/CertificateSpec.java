package io.autotls;

import io.autotls.internal.names.DomainNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted: one certificate for one or more names.
 *
 * <pre>{@code
 * CertificateSpec site = CertificateSpec.of("example.com", "www.example.com");
 * CertificateSpec rsa = site.toBuilder().keyType(KeyType.RSA_2048).build();
 * }</pre>
 *
 * <p>Names may be written in any case and in either form of IDN ({@code münchen.example} or {@code
 * xn--mnchen-3ya.example}); {@link #names()} has them as certificates do: lower case, A-labels, no
 * trailing dot, IP addresses in the form of RFC 5952.
 *
 * <p>Immutable. Two specs are equal if they ask for the same certificate, whatever the order of the
 * names.
 */
public final class CertificateSpec {
  /** The largest number of names in one certificate that public CAs accept. */
  static final int MAX_NAMES = 100;

  private final List<String> names;
  private final KeyType keyType;
  private final @Nullable String profile;
  private final String id;

  private CertificateSpec(Builder builder) {
    this.names = List.copyOf(builder.names);
    this.keyType = builder.keyType;
    this.profile = builder.profile;
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a certificate needs at least one name");
    }
    this.id = hash();
  }

  /**
   * One certificate for these names, with the default key type and the default profile of the CA.
   *
   * @throws IllegalArgumentException if a name is malformed or stands there twice, or there are
   *     none or more than 100; the message says which and why
   */
  public static CertificateSpec of(String... names) {
    return builder().names(names).build();
  }

  /** A builder without names. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins as a copy of this. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.names.addAll(names);
    builder.keyType = keyType;
    builder.profile = profile;
    return builder;
  }

  /** The names, in the order in which they were given. */
  public List<String> names() {
    return names;
  }

  /** The kind of key. */
  public KeyType keyType() {
    return keyType;
  }

  /** The CA's certificate profile that is wanted, if any. */
  public Optional<String> profile() {
    return Optional.ofNullable(profile);
  }

  /**
   * Names this spec in the storage: a hash of what is wanted, never taken from a certificate, the
   * same on every node and after every restart. 32 hexadecimal digits.
   *
   * <p>The issuers are not part of it: a fallback CA that is added must not make every certificate
   * be ordered again. A certificate of an issuer that is no longer configured is served, and
   * replaced soon.
   */
  public String id() {
    return id;
  }

  private String hash() {
    String text =
        "names="
            + String.join(",", new TreeSet<>(names))
            + "\nkey="
            + keyType.configName()
            + "\nprofile="
            + (profile == null ? "" : profile);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof CertificateSpec other && id.equals(other.id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return String.join(", ", names)
        + (keyType == KeyType.EC_P256 ? "" : " (" + keyType.configName() + ")");
  }

  /** Collects what is wanted; not safe for use by many threads. */
  public static final class Builder {
    private final Set<String> names = new LinkedHashSet<>();
    private KeyType keyType = KeyType.EC_P256;
    private @Nullable String profile;

    private Builder() {}

    /**
     * Adds names. There must be at least one before {@link #build}.
     *
     * @throws IllegalArgumentException if a name is malformed, stands there already, or is one too
     *     many
     */
    public Builder names(String... more) {
      return names(List.of(more));
    }

    /** Adds names, as {@link #names(String...)} does. */
    public Builder names(Collection<String> more) {
      for (String name : more) {
        String normalized = DomainNames.normalize(name);
        if (!names.add(normalized)) {
          throw new IllegalArgumentException("the name " + normalized + " is there twice");
        }
        if (names.size() > MAX_NAMES) {
          throw new IllegalArgumentException(
              "more than "
                  + MAX_NAMES
                  + " names in one certificate, which no public CA issues: ask for several certificates");
        }
      }
      return this;
    }

    /** Sets the kind of key. {@link KeyType#EC_P256} unless set. */
    public Builder keyType(KeyType keyType) {
      this.keyType = Objects.requireNonNull(keyType, "keyType");
      return this;
    }

    /**
     * Sets the CA's certificate profile, for example {@code shortlived} or {@code tlsserver} at
     * Let's Encrypt. The CA's default unless set.
     *
     * <p>One profile is required: a CA that does not offer it gets no order. Several, separated by
     * commas, are preferences: the first that the CA offers and grants, and otherwise its default.
     */
    public Builder profile(String profile) {
      String names = profile.replaceAll("\\s*,\\s*", ",").trim();
      if (!names.matches("[A-Za-z0-9._-]{1,64}(,[A-Za-z0-9._-]{1,64}){0,9}")) {
        throw new IllegalArgumentException("not the name of a profile: \"" + profile + "\"");
      }
      this.profile = names;
      return this;
    }

    /**
     * Makes the spec.
     *
     * @throws IllegalArgumentException if there is no name
     */
    public CertificateSpec build() {
      return new CertificateSpec(this);
    }
  }
}
