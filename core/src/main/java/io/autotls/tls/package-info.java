/**
 * What handshakes read. A {@link io.autotls.tls.Keyring} maps names to {@linkplain
 * io.autotls.tls.Credential credentials}, and {@link io.autotls.tls.KeyringSslContext} serves them
 * through the JDK's own TLS. For adapters of servers; applications call {@code
 * AutoTls.sslContext()}.
 *
 * <p>Nothing in here knows where credentials come from: neither ACME nor storage.
 */
@NullMarked
package io.autotls.tls;

import org.jspecify.annotations.NullMarked;
