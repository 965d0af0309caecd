/** DNS messages, a server that answers from a table, and a client. */
@NullMarked
package io.autotls.testing.ca.internal.dns;

import org.jspecify.annotations.NullMarked;
