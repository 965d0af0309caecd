/**
 * What is due, when, how urgent it is and whom it asks: the queue of the engine. Knows nothing of
 * certificates.
 */
@NullMarked
package io.autotls.internal.queue;

import org.jspecify.annotations.NullMarked;
