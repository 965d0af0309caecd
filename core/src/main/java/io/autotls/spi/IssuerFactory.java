package io.autotls.spi;

import java.util.List;

/**
 * Makes the issuer for a value of {@code autotls.ca}: {@code name}, or {@code name:rest}. Found by
 * {@link java.util.ServiceLoader}; a module names its factory in {@code module-info} and in {@code
 * META-INF/services}.
 *
 * <p>It stands in {@code autotls.ca} beside ACME CAs and the local CA, and they are tried in that
 * order: {@code autotls.ca=vault:pki,letsencrypt}. A name that AutoTls itself knows, such as {@code
 * zerossl}, means this one while it is on the class path; what begins with {@code https:} is always
 * the directory of an ACME CA.
 */
public interface IssuerFactory {
  /** The name in {@code autotls.ca}, in lower case and without a colon: {@code vault}. */
  String name();

  /**
   * The settings that it may ask {@link SpiContext#setting} for. Asked for at each start, also if
   * the issuer is not used. None unless overridden.
   */
  default List<Setting<?>> settings() {
    return List.of();
  }

  /**
   * Makes an issuer for one {@code AutoTls}.
   *
   * @param location what stands after {@code name:}, empty if there is nothing; never with a comma
   * @throws IllegalArgumentException if the location makes no sense, or the settings do not fit
   *     together; the message says why, and shows no secret
   */
  Issuer create(String location, SpiContext context);
}
