/** TLS-ALPN-01 (RFC 8737): proves control of a name on port 443 alone, beside the application's visitors. */
@NullMarked
package io.autotls.solver.tlsalpn;

import org.jspecify.annotations.NullMarked;
