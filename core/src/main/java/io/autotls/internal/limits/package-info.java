/**
 * What may be ordered from a CA, and when. Begin with {@link
 * io.autotls.internal.limits.OrderLedger}; {@link io.autotls.internal.limits.EmptyStoreBrake} is
 * for the start of a node.
 */
@NullMarked
package io.autotls.internal.limits;

import org.jspecify.annotations.NullMarked;
