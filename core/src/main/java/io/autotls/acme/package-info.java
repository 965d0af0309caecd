/**
 * A client for the ACME protocol: RFC 8555 with IP identifiers (RFC 8738), renewal information (RFC
 * 9773) and certificate profiles. It can be used without the rest of AutoTls. Begin with {@link
 * io.autotls.acme.AcmeClient}, which talks to one certificate authority, and {@link
 * io.autotls.acme.AcmeAccount}, which orders certificates from it.
 *
 * <p>There are three ways to use it, each on top of the one before:
 *
 * <ul>
 *   <li>{@link io.autotls.acme.AcmeAccount}: each method is one question and one answer. A request
 *       that the CA could not answer is repeated a few times, unless that is switched off
 *   <li>{@link io.autotls.acme.OrderFlow}: the way to a certificate in steps that can be stored.
 *       Nothing waits; each step says when to come back
 *   <li>{@link io.autotls.acme.OrderDriver}: takes the steps and waits in between
 * </ul>
 *
 * <p>Everything that goes wrong is an {@link io.autotls.acme.AcmeException}, with one subclass for
 * each way to react. Every wait goes through a {@link io.autotls.acme.Waiter} that can be replaced.
 *
 * <p>All that comes from the CA is bounded and checked before it is handed out. Values are
 * immutable, the client and the accounts are safe for use by many threads.
 */
@NullMarked
package io.autotls.acme;

import org.jspecify.annotations.NullMarked;
