package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an account is registered with (RFC 8555 §7.3). Nothing is required by itself; most CAs
 * insist on the terms of service, some on an external account.
 */
public final class NewAccount {
  // One address, no list and no header fields (RFC 8555 §7.3); the CA checks the rest.
  private static final Pattern MAILBOX = Pattern.compile("[^\\s@,?&<>\"%]+@[^\\s@,?&<>\"%]+");

  private final List<URI> contacts;
  private final Terms terms;
  private final @Nullable ExternalAccountBinding externalAccount;

  private NewAccount(Builder builder) {
    this.contacts = List.copyOf(builder.contacts);
    this.terms = builder.terms;
    this.externalAccount = builder.externalAccount;
  }

  /** Begins with no contact, no agreement and no external account. */
  public static Builder builder() {
    return new Builder();
  }

  /** How the CA may reach the owner. */
  public List<URI> contacts() {
    return contacts;
  }

  Map<String, Object> toJson(URI newAccount, AccountKey key) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!contacts.isEmpty()) {
      json.put("contact", contacts.stream().map(URI::toString).toList());
    }
    if (terms == Terms.AGREED) {
      json.put("termsOfServiceAgreed", true);
    }
    if (externalAccount != null) {
      json.put("externalAccountBinding", externalAccount.sign(newAccount, key));
    }
    return json;
  }

  /**
   * A contact for an address.
   *
   * @throws IllegalArgumentException if it is not exactly one address
   */
  static URI mailto(String address) {
    if (!MAILBOX.matcher(address).matches()) {
      throw new IllegalArgumentException("\"" + address + "\" is not one e-mail address");
    }
    return URI.create("mailto:" + address);
  }

  private enum Terms {
    NOT_AGREED,
    AGREED
  }

  /** Collects what an account is registered with. */
  public static final class Builder {
    private final List<URI> contacts = new ArrayList<>();
    private Terms terms = Terms.NOT_AGREED;
    private @Nullable ExternalAccountBinding externalAccount;

    private Builder() {}

    /**
     * Adds an address. None unless called.
     *
     * @throws IllegalArgumentException if it is not exactly one address
     */
    public Builder email(String address) {
      contacts.add(mailto(address));
      return this;
    }

    /** Adds a contact, as a rule {@code mailto:ops@example.com}. None unless called. */
    public Builder contact(URI contact) {
      contacts.add(contact);
      return this;
    }

    /**
     * Agrees to the CA's {@linkplain Directory#termsOfService() terms of service}. Call it only if
     * a person has decided so. Not agreed to unless called.
     */
    public Builder termsOfServiceAgreed() {
      this.terms = Terms.AGREED;
      return this;
    }

    /** Binds the account to one that exists with the CA. Not bound unless called. */
    public Builder externalAccountBinding(ExternalAccountBinding binding) {
      this.externalAccount = binding;
      return this;
    }

    /** A copy of what was collected. */
    public NewAccount build() {
      return new NewAccount(this);
    }
  }
}
