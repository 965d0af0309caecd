/** The parts of the HTTP-01 solver; nothing here is for use from outside. */
@NullMarked
package io.autotls.solver.http.internal;

import org.jspecify.annotations.NullMarked;
