/**
 * What users and authors of plug-ins test with: {@link io.autotls.testing.VirtualTime} for a clock
 * that stands still until the test moves it, and the contract of every storage.
 */
@NullMarked
package io.autotls.testing;

import org.jspecify.annotations.NullMarked;
