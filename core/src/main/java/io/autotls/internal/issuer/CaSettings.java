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
 * @param known what else is known about it; null if it is none of the known ones
 */
public record CaSettings(
    URI directory,
    String displayName,
    List<X509Certificate> trustedRoots,
    @Nullable ExternalAccountBinding binding,
    @Nullable String preferredChain,
    @Nullable KnownCa known) {

  /** The directory URL as a storage key. */
  public String id() {
    String text = directory.toString().substring("https://".length()).toLowerCase(Locale.ROOT);
    return text.replaceAll("[^a-z0-9.-]+", "_");
  }
}
