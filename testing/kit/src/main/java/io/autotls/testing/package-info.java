/**
 * What users and authors of plug-ins test with: {@link io.autotls.testing.VirtualTime} for a clock
 * that stands still until the test moves it, {@link io.autotls.testing.Visitor} for what a client
 * sees, and the contracts of storages and server adapters.
 */
@NullMarked
package io.autotls.testing;

import org.jspecify.annotations.NullMarked;
