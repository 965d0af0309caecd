package io.autotls.internal.issuer;

import io.autotls.acme.ExternalAccountBinding;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an ACME CA before it is asked.
 *
 * @param trustedRoots for the CA's own HTTPS, besides those of the JVM
 * @param binding null if the CA needs none
 * @param preferredChain the common name of an issuer that chains should have; null for the default
 * @param onClosedAccount what to do when the CA has closed the account
 * @param known what else is known about it; null if it is none of the known ones
 */
public record CaSettings(
    URI directory,
    String displayName,
    List<X509Certificate> trustedRoots,
    @Nullable ExternalAccountBinding binding,
    @Nullable String preferredChain,
    ClosedAccount onClosedAccount,
    @Nullable KnownCa known) {
  /** What a person said about the case that the CA closes the account. */
  public enum ClosedAccount {
    /** Nothing: they are asked when it happens. */
    ASK,
    /** Another account may be registered in its place. */
    REPLACE
  }

  /** The directory URL as a storage key. */
  public String id() {
    String text = directory.toString().substring("https://".length()).toLowerCase(Locale.ROOT);
    return text.replaceAll("[^a-z0-9.-]+", "_");
  }
}
