/** The parts of the adapter. Not for use outside. */
@NullMarked
package io.autotls.jetty.internal;

import org.jspecify.annotations.NullMarked;
