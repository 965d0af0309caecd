/** The engine: durable jobs, leases, the due-time queue. */
@NullMarked
package io.autotls.internal.engine;

import org.jspecify.annotations.NullMarked;
