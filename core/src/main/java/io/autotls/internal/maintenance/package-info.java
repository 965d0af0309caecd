/**
 * What runs beside issuance: asks for renewal windows (ARI), warns of expiry, follows other nodes,
 * keeps fallback certificates, revokes, cleans up.
 */
@NullMarked
package io.autotls.internal.maintenance;

import org.jspecify.annotations.NullMarked;
