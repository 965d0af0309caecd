package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a new account is to be like (RFC 8555 §7.3). Immutable. */
public final class NewAccount {
  private final List<URI> contacts;
  private final boolean termsOfServiceAgreed;
  private final @Nullable ExternalAccountBinding binding;

  private NewAccount(Builder builder) {
    this.contacts = List.copyOf(builder.contacts);
    this.termsOfServiceAgreed = builder.termsOfServiceAgreed;
    this.binding = builder.binding;
  }

  /** A builder for an account without contact, binding or agreement. */
  public static Builder builder() {
    return new Builder();
  }

  List<URI> contacts() {
    return contacts;
  }

  boolean isTermsOfServiceAgreed() {
    return termsOfServiceAgreed;
  }

  @Nullable ExternalAccountBinding binding() {
    return binding;
  }

  /** Collects the wishes; not safe for use by many threads. */
  public static final class Builder {
    private final List<URI> contacts = new ArrayList<>();
    private boolean termsOfServiceAgreed;
    private @Nullable ExternalAccountBinding binding;

    private Builder() {}

    /** Adds a contact, as a rule {@code mailto:ops@example.com}. None unless set. */
    public Builder contact(URI contact) {
      contacts.add(Objects.requireNonNull(contact, "contact"));
      return this;
    }

    /** Agrees to the terms of service of the CA. Only a person can decide that. */
    public Builder termsOfServiceAgreed() {
      this.termsOfServiceAgreed = true;
      return this;
    }

    /** Binds the account to one that exists at the CA already. */
    public Builder externalAccountBinding(ExternalAccountBinding binding) {
      this.binding = Objects.requireNonNull(binding, "binding");
      return this;
    }

    /** Makes the request. */
    public NewAccount build() {
      return new NewAccount(this);
    }
  }
}
