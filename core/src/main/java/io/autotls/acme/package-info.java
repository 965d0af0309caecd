/**
 * A client for the ACME protocol: RFC 8555 with IP identifiers (RFC 8738), renewal information (RFC
 * 9773) and certificate profiles. It can be used without the rest of AutoTls. Begin with {@link
 * io.autotls.acme.AcmeClient}, which talks to one certificate authority, and {@link
 * io.autotls.acme.AcmeAccount}, which orders certificates from it.
 *
 * <p>Each method is one question and one answer: nothing here polls, sleeps or runs in the
 * background, so it is up to the caller when to ask again ({@link
 * io.autotls.acme.Order#retryAfter()} is what the CA wishes). The only thing that is repeated
 * inside is a request whose nonce the CA refused. Everything else that goes wrong is an {@link
 * io.autotls.acme.AcmeException}, with one subclass for each way to react.
 *
 * <p>All that comes from the CA is bounded and checked before it is handed out. Values are
 * immutable, the client and the accounts are safe for use by many threads.
 */
@NullMarked
package io.autotls.acme;

import org.jspecify.annotations.NullMarked;
