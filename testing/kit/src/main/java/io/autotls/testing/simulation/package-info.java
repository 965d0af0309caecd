/**
 * Clusters of AutoTls nodes on a virtual clock, with a CA, a storage and a network that fail in
 * every way that a seed can draw. Begin with {@link io.autotls.testing.simulation.Simulation}.
 */
@NullMarked
package io.autotls.testing.simulation;

import org.jspecify.annotations.NullMarked;
