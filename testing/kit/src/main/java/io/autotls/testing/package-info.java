/**
 * For tests of plug-ins and of applications: {@link io.autotls.testing.VirtualTime} lets a year
 * pass in seconds, and {@link io.autotls.testing.StorageContract} is what every store has to pass.
 */
@NullMarked
package io.autotls.testing;

import org.jspecify.annotations.NullMarked;
