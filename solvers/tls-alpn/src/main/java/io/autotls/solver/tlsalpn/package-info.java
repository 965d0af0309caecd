/**
 * Proves names to a CA inside the TLS handshake, on the port where the application serves HTTPS.
 * Begin with {@link io.autotls.solver.tlsalpn.TlsAlpn01Solver}.
 */
@NullMarked
package io.autotls.solver.tlsalpn;

import org.jspecify.annotations.NullMarked;
