/** Hands events to listeners, and puts into words what people read. */
@NullMarked
package io.autotls.internal.events;

import org.jspecify.annotations.NullMarked;
