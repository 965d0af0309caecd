/** The serving side: credentials by name for handshakes. Knows nothing of ACME or storage. */
@NullMarked
package io.autotls.tls;

import org.jspecify.annotations.NullMarked;
