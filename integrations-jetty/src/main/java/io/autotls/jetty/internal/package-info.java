/** Handlers and connections behind the adapter. */
@NullMarked
package io.autotls.jetty.internal;

import org.jspecify.annotations.NullMarked;
