/** The parts of the solver; not for use outside. */
@NullMarked
package io.autotls.solver.tlsalpn.internal;

import org.jspecify.annotations.NullMarked;
