/**
 * Clusters of real processes on one folder, which are killed, suspended, stopped and restarted, and
 * whose storage fails. Begin with {@code ChaosTest}.
 */
@NullMarked
package io.autotls.testing.chaos;

import org.jspecify.annotations.NullMarked;
