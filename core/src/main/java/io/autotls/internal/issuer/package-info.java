/** The steps of an ACME issuance, and the account behind them. */
@NullMarked
package io.autotls.internal.issuer;

import org.jspecify.annotations.NullMarked;
