/** The parts of the adapter. Not for use outside. */
@NullMarked
package io.autotls.tomcat.internal;

import org.jspecify.annotations.NullMarked;
