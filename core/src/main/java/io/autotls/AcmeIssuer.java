package io.autotls;

import io.autotls.acme.AcmeRevocationReason;
import io.autotls.acme.ExternalAccountBinding;
import io.autotls.internal.issuer.AcmeIssuance;
import io.autotls.internal.issuer.CaSettings;
import io.autotls.internal.issuer.CaSettings.ClosedAccount;
import io.autotls.internal.issuer.DirectoryUrl;
import io.autotls.internal.issuer.KnownCa;
import io.autotls.internal.issuer.KnownCa.ExternalAccount;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.RevocationReason;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An ACME certificate authority as the issuer of certificates (RFC 8555).
 *
 * <pre>{@code
 * AutoTls.builder()
 *     .domains("example.com")
 *     .agreeToTermsOfService()
 *     .issuer(AcmeIssuer.letsEncrypt())
 *     .issuer(AcmeIssuer.zeroSsl(binding))     // if Let's Encrypt keeps failing
 *     .enable();
 * }</pre>
 *
 * <p>One object belongs to one {@link AutoTls}. The account at the CA is made at the first use,
 * kept in the storage, and shared by all nodes.
 */
public final class AcmeIssuer implements Issuer {
  private final CaSettings settings;
  private final String id; // worked out once: the engine asks for it at every turn
  private @Nullable AcmeIssuance issuance; // null before start

  private AcmeIssuer(Builder builder) {
    this.settings =
        new CaSettings(
            builder.directory,
            builder.displayName,
            List.copyOf(builder.trustedRoots),
            builder.binding,
            builder.preferredChain,
            builder.onClosedAccount,
            KnownCa.ofDirectory(builder.directory).orElse(null));
    this.id = settings.id();
  }

  /** Let's Encrypt: free, trusted everywhere, certificates for 90 days or less. */
  public static AcmeIssuer letsEncrypt() {
    return known(KnownCa.LETS_ENCRYPT).build();
  }

  /**
   * Let's Encrypt's staging environment: generous limits, certificates that nobody trusts. For
   * tests.
   */
  public static AcmeIssuer letsEncryptStaging() {
    return known(KnownCa.LETS_ENCRYPT_STAGING).build();
  }

  /** ZeroSSL; the binding comes from its dashboard. */
  public static AcmeIssuer zeroSsl(ExternalAccountBinding binding) {
    return known(KnownCa.ZEROSSL).externalAccountBinding(binding).build();
  }

  /** Google Trust Services; the binding comes from Google Cloud. */
  public static AcmeIssuer google(ExternalAccountBinding binding) {
    return known(KnownCa.GOOGLE).externalAccountBinding(binding).build();
  }

  /** Any ACME CA, by the URL of its directory. */
  public static AcmeIssuer of(URI directory) {
    return builder(directory).build();
  }

  /**
   * A CA by the name or the directory URL that stands in {@code autotls.ca}.
   *
   * @throws IllegalArgumentException if it is neither; the message lists the names
   */
  public static Builder builder(String nameOrUrl) {
    Optional<KnownCa> known = KnownCa.ofConfigName(nameOrUrl);
    if (known.isPresent()) {
      return known(known.get());
    }
    if (!nameOrUrl.contains("://")) {
      throw new IllegalArgumentException(
          "\""
              + nameOrUrl
              + "\" is neither the name of a CA nor the https:// URL of its directory; known names"
              + " are "
              + KnownCa.configNames()
              + ", and \"local\" is the local CA");
    }
    try {
      return builder(new URI(nameOrUrl));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("\"" + nameOrUrl + "\" is no URL: " + e.getReason(), e);
    }
  }

  /**
   * A builder for any ACME CA.
   *
   * @throws IllegalArgumentException if that cannot be the URL of a directory; says why
   */
  public static Builder builder(URI directory) {
    DirectoryUrl url = DirectoryUrl.of(directory);
    return new Builder(url.url(), url.known().map(KnownCa::displayName).orElse(url.host()));
  }

  private static Builder known(KnownCa ca) {
    return new Builder(ca.directory(), ca.displayName());
  }

  /** The URL of the CA's directory. */
  public URI directory() {
    return settings.directory();
  }

  /** Whether the CA is known to have terms of service, which somebody has to agree to first. */
  public boolean hasTermsOfService() {
    return settings.known() != null;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String displayName() {
    return settings.displayName();
  }

  /** Always: that is what ACME is about. */
  @Override
  public boolean asksForProof() {
    return true;
  }

  @Override
  public void start(IssuerContext context) {
    if (issuance != null) {
      throw new IllegalStateException(displayName() + " belongs to another AutoTls already");
    }
    issuance = new AcmeIssuance(settings, context);
  }

  @Override
  public Readiness readiness(List<String> names, Map<String, String> state) {
    return started().readiness(names, state);
  }

  @Override
  public Progress advance(Issuance work) throws IssuerException, IOException {
    return started().advance(work);
  }

  /**
   * Gives the account at the CA another key (RFC 8555 §7.3.5), for example because the old one may
   * have become known. Registers the account first if there is none. All nodes that share the
   * storage go on with the new key; a crash in between loses neither key.
   *
   * @throws IssuerException if the CA refused or could not be asked: the old key stays in use
   * @throws IOException if the storage failed
   */
  public void changeAccountKey() throws IssuerException, IOException {
    started().changeAccountKey();
  }

  /**
   * Registers another account in place of the present one, for those whose account the CA has
   * closed; whoever calls this agrees. The terms of service and the binding are those of the
   * configuration. All nodes that share the storage go on with the new account, and the old key
   * stays in the storage. CAA records that name the account (RFC 8657) have to be changed. Call
   * {@link AutoTls#renewNow} afterwards: what has failed waits for its next attempt.
   *
   * @throws IssuerException if the CA refused or could not be asked; the same again is harmless
   * @throws IOException if the storage failed
   */
  public void registerNewAccount() throws IssuerException, IOException {
    started().registerNewAccount();
  }

  /** By renewal information (RFC 9773), where the CA offers it. */
  @Override
  public Optional<RenewalWindow> renewalWindow(X509Certificate certificate) throws IssuerException {
    return started().renewalWindow(certificate);
  }

  @Override
  public boolean revokes() {
    return true;
  }

  /** By the account that ordered it (RFC 8555 §7.6). */
  @Override
  public void revoke(X509Certificate certificate, RevocationReason reason)
      throws IssuerException, IOException {
    started().revoke(certificate, AcmeRevocationReason.valueOf(reason.name()));
  }

  @Override
  public String account() {
    return started().accountId();
  }

  /** What the CA publishes, for those CAs that have a name here. */
  @Override
  public OrderLimits limits() {
    return settings.known() == null ? OrderLimits.none() : settings.known().limits();
  }

  /** {@link Trust#TEST} for the test environments of the CAs that have a name here. */
  @Override
  public Trust trust() {
    return settings.known() == null ? Trust.PUBLIC : settings.known().trust();
  }

  @Override
  public void abandon(Issuance work) throws IOException {
    started().abandon(work);
  }

  private AcmeIssuance started() {
    return Objects.requireNonNull(issuance, "not started");
  }

  @Override
  public void close() {
    if (issuance != null) {
      issuance.close();
    }
  }

  @Override
  public String toString() {
    return displayName();
  }

  /** Describes a CA; not safe for use by many threads. */
  public static final class Builder {
    private final URI directory;
    private String displayName;
    private final List<X509Certificate> trustedRoots = new ArrayList<>();
    private @Nullable ExternalAccountBinding binding;
    private @Nullable String preferredChain;
    private ClosedAccount onClosedAccount = ClosedAccount.ASK;

    private Builder(URI directory, String displayName) {
      this.directory = directory;
      this.displayName = displayName;
    }

    /** Sets what people call it, for messages. The host of the directory unless set. */
    public Builder displayName(String displayName) {
      this.displayName = Objects.requireNonNull(displayName, "displayName");
      return this;
    }

    /** Trusts these roots for the CA's own HTTPS, besides those of the JVM. None unless set. */
    public Builder trustedRoots(Collection<X509Certificate> roots) {
      trustedRoots.addAll(roots);
      return this;
    }

    /** Binds the ACME account to an account that exists at the CA already (RFC 8555 §7.3.4). */
    public Builder externalAccountBinding(ExternalAccountBinding binding) {
      this.binding = Objects.requireNonNull(binding, "binding");
      return this;
    }

    /** Whether a binding makes sense: not where the CA is known to have no external accounts. */
    boolean takesExternalAccount() {
      return KnownCa.ofDirectory(directory)
          .map(known -> known.externalAccount() == ExternalAccount.NEEDED)
          .orElse(true);
    }

    /**
     * Prefers a chain in which an issuer, the root included, has this common name, for example
     * {@code ISRG Root X1}. If the CA has none, its default is used; that default unless set.
     */
    public Builder preferredChain(String issuerCommonName) {
      this.preferredChain = Objects.requireNonNull(issuerCommonName, "issuerCommonName");
      return this;
    }

    /**
     * Agrees that another account is registered when the CA has closed the present one, at most
     * once a week. Unless set nothing is registered, and status and log say that a person has to
     * decide.
     */
    public Builder replaceClosedAccount() {
      this.onClosedAccount = ClosedAccount.REPLACE;
      return this;
    }

    /**
     * Makes the issuer.
     *
     * @throws IllegalArgumentException if the CA is known to need an external account, and there is
     *     no binding to one
     */
    public AcmeIssuer build() {
      KnownCa known = KnownCa.ofDirectory(directory).orElse(null);
      if (known != null && known.externalAccount() == ExternalAccount.NEEDED && binding == null) {
        throw new IllegalArgumentException(
            displayName
                + " issues only to those who have an account there. Get a key id and a key on its"
                + " web site, and set autotls.eab.kid and autotls.eab.key, or call"
                + " externalAccountBinding(ExternalAccountBinding.of(keyId, key))");
      }
      return new AcmeIssuer(this);
    }
  }
}
