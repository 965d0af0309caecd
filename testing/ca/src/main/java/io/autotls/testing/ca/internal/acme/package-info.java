/** The server side of RFC 8555 and its family. */
@NullMarked
package io.autotls.testing.ca.internal.acme;

import org.jspecify.annotations.NullMarked;
