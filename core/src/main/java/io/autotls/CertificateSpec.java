package io.autotls;

import io.autotls.internal.names.DomainNames;
import io.autotls.internal.text.Sha256;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

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

  /** The same for those profiles of Let's Encrypt that are stricter. */
  private static final int MAX_NAMES_STRICT = 25;

  private static final Pattern PROFILE = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final Set<String> STRICT_PROFILES = Set.of("tlsserver", "shortlived");

  private final List<String> names;
  private final KeyType keyType;
  private final List<String> profiles;
  private final KeyUse keyUse;
  private final String id;

  private enum KeyUse {
    NEW_EACH_TIME,
    REUSED
  }

  private CertificateSpec(Builder builder, Collection<String> names, KeyType keyType) {
    this.names = List.copyOf(names);
    this.keyType = keyType;
    this.profiles = builder.profiles;
    this.keyUse = builder.keyUse;
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
    builder.keyTypes = List.of(keyType);
    builder.profiles = profiles;
    builder.keyUse = keyUse;
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

  /**
   * The CA's certificate profiles: empty for its default, one that is required, or several that are
   * preferred, the best first, before the CA's default.
   */
  public List<String> profiles() {
    return profiles;
  }

  /** Whether a renewal keeps the private key, as {@link Builder#reuseKey()} asked. */
  public boolean reusesKey() {
    return keyUse == KeyUse.REUSED;
  }

  /**
   * Names this spec in the storage: a hash of what is wanted, never taken from a certificate, the
   * same on every node and after every restart. 32 hexadecimal digits.
   *
   * <p>The issuers are not part of it: a fallback CA that is added must not make every certificate
   * be ordered again. Nor is the re-use of keys: it shows at the next renewal. A certificate of an
   * issuer that is no longer configured is served, and replaced soon.
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
            + "\nprofiles="
            + String.join("\n", profiles); // no name has a line break
    return Sha256.hex(text, 16);
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
    private List<KeyType> keyTypes = List.of(KeyType.EC_P256);
    private List<String> profiles = List.of();
    private KeyUse keyUse = KeyUse.NEW_EACH_TIME;

    private Builder() {}

    /** Another builder with the same. */
    Builder copy() {
      Builder copy = new Builder();
      copy.names.addAll(names);
      copy.keyTypes = keyTypes;
      copy.profiles = profiles;
      copy.keyUse = keyUse;
      return copy;
    }

    /**
     * Adds names. There must be at least one before {@link #build}.
     *
     * @throws IllegalArgumentException if a name is malformed, or stands there already
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
      }
      return this;
    }

    /** Sets the kind of key. {@link KeyType#EC_P256} unless set. */
    public Builder keyType(KeyType keyType) {
      return keyTypes(keyType);
    }

    /**
     * Sets several kinds of key, for {@link #buildAll}: a certificate with each, side by side. Each
     * visitor gets the one that it can use; where it can use both, its TLS decides.
     */
    public Builder keyTypes(KeyType first, KeyType... more) {
      Set<KeyType> all = new LinkedHashSet<>();
      all.add(Objects.requireNonNull(first, "keyType"));
      all.addAll(List.of(more));
      this.keyTypes = List.copyOf(all);
      return this;
    }

    /**
     * Keeps the private key when the certificate is renewed, for those who pin it. Unless set each
     * renewal makes a new one, so that a key that was stolen is worth little for long. A
     * certificate that its CA revokes gets a new key in any case.
     */
    public Builder reuseKey() {
      this.keyUse = KeyUse.REUSED;
      return this;
    }

    /**
     * Requires one of the CA's certificate profiles, for example {@code shortlived} or {@code
     * tlsserver} at Let's Encrypt: a CA that does not offer it gets no order. The CA's default
     * unless set.
     *
     * @throws IllegalArgumentException if it cannot be the name of a profile
     */
    public Builder profile(String profile) {
      return profiles(List.of(profile));
    }

    /**
     * Prefers some of the CA's certificate profiles, the best first: of several, the first that the
     * CA offers and grants is taken, and otherwise its default. A list of one requires that one, as
     * {@link #profile} does; an empty one leaves it to the CA.
     *
     * @throws IllegalArgumentException if one cannot be the name of a profile, or stands there
     *     twice
     */
    public Builder profiles(List<String> profiles) {
      for (String profile : profiles) {
        if (!PROFILE.matcher(profile).matches()) {
          throw new IllegalArgumentException("not the name of a profile: \"" + profile + "\"");
        }
      }
      if (Set.copyOf(profiles).size() != profiles.size()) {
        throw new IllegalArgumentException("a profile is there twice: " + profiles);
      }
      this.profiles = List.copyOf(profiles);
      return this;
    }

    /**
     * Makes the spec.
     *
     * @throws IllegalArgumentException if there is no name, or more than the CAs put into one
     *     certificate, or more than one kind of key
     */
    public CertificateSpec build() {
      List<CertificateSpec> all = buildAll();
      if (keyTypes.size() > 1) {
        throw new IllegalArgumentException(
            "one certificate has one kind of key, not " + keyTypes + ": call buildAll()");
      }
      if (all.size() > 1) {
        throw new IllegalArgumentException(
            "more than "
                + most()
                + " names in one certificate, which no public CA issues: call buildAll(), or ask for"
                + " several certificates");
      }
      return all.get(0);
    }

    /**
     * Makes as many specs as it takes: one for each kind of key, and several groups if there are
     * more names than the CAs put into one certificate (100; 25 for the profiles {@code tlsserver}
     * and {@code shortlived}).
     *
     * <p>The groups are stable: the same names make the same groups in whatever order they come,
     * and a name more or less changes the group that it is in, and no other.
     *
     * @throws IllegalArgumentException if there is no name
     */
    public List<CertificateSpec> buildAll() {
      if (names.isEmpty()) {
        throw new IllegalArgumentException("a certificate needs at least one name");
      }
      List<CertificateSpec> all = new ArrayList<>();
      for (List<String> group : NameGroups.of(names, most())) {
        keyTypes.forEach(type -> all.add(new CertificateSpec(this, group, type)));
      }
      return List.copyOf(all);
    }

    private int most() {
      return profiles.stream().anyMatch(STRICT_PROFILES::contains) ? MAX_NAMES_STRICT : MAX_NAMES;
    }
  }
}
