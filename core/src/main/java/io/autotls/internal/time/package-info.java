/** Points in time as the engine plans, waits for and stores them. */
@NullMarked
package io.autotls.internal.time;

import org.jspecify.annotations.NullMarked;
