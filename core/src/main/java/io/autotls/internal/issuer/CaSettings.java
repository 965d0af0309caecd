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
 * @param hasTerms whether it is known to have terms of service
 */
public record CaSettings(
    URI directory,
    String displayName,
    List<X509Certificate> trustedRoots,
    @Nullable ExternalAccountBinding binding,
    boolean hasTerms) {

  /** The directory URL as a storage key. */
  public String id() {
    String text = directory.toString().substring("https://".length()).toLowerCase(Locale.ROOT);
    return text.replaceAll("[^a-z0-9.-]+", "_");
  }
}
