package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a CA offers, and where (RFC 8555 §7.1.1). Which of the optional resources are there says
 * what the CA supports; names that this client does not know are ignored.
 */
public final class Directory {
  private static final int MAX_ELEMENTS = 100;
  private static final int MAX_NAME = 253;
  private static final int MAX_DESCRIPTION = 500;

  private final URI url;
  private final @Nullable URI newNonce;
  private final @Nullable URI newAccount;
  private final @Nullable URI newOrder;
  private final @Nullable URI newAuthz;
  private final @Nullable URI revokeCert;
  private final @Nullable URI keyChange;
  private final @Nullable URI renewalInfo;
  private final @Nullable URI termsOfService;
  private final @Nullable URI website;
  private final List<String> caaIdentities;
  private final boolean externalAccountRequired;
  private final Map<String, String> profiles;

  private Directory(URI url, JsonObject json, JsonObject meta) throws MalformedAnswerException {
    this.url = url;
    this.newNonce = json.url("newNonce");
    this.newAccount = json.url("newAccount");
    this.newOrder = json.url("newOrder");
    this.newAuthz = json.url("newAuthz");
    this.revokeCert = json.url("revokeCert");
    this.keyChange = json.url("keyChange");
    this.renewalInfo = json.url("renewalInfo");
    this.termsOfService = meta.page("termsOfService");
    this.website = meta.page("website");
    this.caaIdentities =
        meta.strings("caaIdentities").stream()
            .limit(MAX_ELEMENTS)
            .map(identity -> PlainText.line(identity, MAX_NAME))
            .toList();
    this.externalAccountRequired = Boolean.TRUE.equals(meta.bool("externalAccountRequired"));
    JsonObject profiles = meta.object("profiles");
    this.profiles = profiles == null ? Map.of() : profiles(profiles.stringMembers());
  }

  /** A profile is asked for by its name, so one whose name is not plain text cannot be had. */
  private static Map<String, String> profiles(Map<String, String> offered) {
    Map<String, String> profiles = new LinkedHashMap<>();
    offered.forEach(
        (name, description) -> {
          boolean usable = !name.isEmpty() && name.length() <= MAX_NAME && PlainText.isPlain(name);
          if (usable && profiles.size() < MAX_ELEMENTS) {
            profiles.put(name, PlainText.line(description, MAX_DESCRIPTION));
          }
        });
    return Collections.unmodifiableMap(profiles);
  }

  static Directory parse(URI url, JsonObject json) throws MalformedAnswerException {
    JsonObject meta = json.object("meta");
    Directory directory = new Directory(url, json, meta == null ? new JsonObject(Map.of()) : meta);
    if (directory.newNonce == null || directory.newAccount == null || directory.newOrder == null) {
      throw new MalformedAnswerException(
          "newNonce, newAccount or newOrder is missing, so it is not the directory of an ACME CA"
              + " (is the directory URL right?)");
    }
    return directory;
  }

  /** Where this directory is. */
  public URI url() {
    return url;
  }

  /** The terms of service, as they are now. Agreeing to them is up to a person. */
  public Optional<URI> termsOfService() {
    return Optional.ofNullable(termsOfService);
  }

  /** The CA's web site. */
  public Optional<URI> website() {
    return Optional.ofNullable(website);
  }

  /** The names by which CAA records allow this CA to issue (RFC 8659). */
  public List<String> caaIdentities() {
    return caaIdentities;
  }

  /** Whether new accounts need an {@link ExternalAccountBinding}. Some CAs need one and say no. */
  public boolean externalAccountRequired() {
    return externalAccountRequired;
  }

  /** The certificate profiles, by name, with a description. Empty if the CA has none. */
  public Map<String, String> profiles() {
    return profiles;
  }

  /** Whether the CA suggests when to renew (RFC 9773). */
  public boolean offersRenewalInfo() {
    return renewalInfo != null;
  }

  URI newNonceUrl() throws AcmeUnsupportedException {
    return offered(newNonce, "newNonce");
  }

  URI newAccountUrl() throws AcmeUnsupportedException {
    return offered(newAccount, "newAccount");
  }

  URI newOrderUrl() throws AcmeUnsupportedException {
    return offered(newOrder, "newOrder");
  }

  URI newAuthzUrl() throws AcmeUnsupportedException {
    return offered(newAuthz, "pre-authorization (newAuthz)");
  }

  URI revokeCertUrl() throws AcmeUnsupportedException {
    return offered(revokeCert, "revocation (revokeCert)");
  }

  URI keyChangeUrl() throws AcmeUnsupportedException {
    return offered(keyChange, "changing the account key (keyChange)");
  }

  URI renewalInfoUrl() throws AcmeUnsupportedException {
    return offered(renewalInfo, "renewal information (renewalInfo)");
  }

  private URI offered(@Nullable URI resource, String what) throws AcmeUnsupportedException {
    if (resource == null) {
      throw new AcmeUnsupportedException(
          "The CA at " + url.getHost() + " does not support " + what + ".", url);
    }
    return resource;
  }

  /** The URL. */
  @Override
  public String toString() {
    return "Directory[" + url + "]";
  }
}
