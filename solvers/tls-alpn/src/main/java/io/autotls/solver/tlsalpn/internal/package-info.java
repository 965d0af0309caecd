/** The challenge certificate, and how the configuration finds the solver. */
@NullMarked
package io.autotls.solver.tlsalpn.internal;

import org.jspecify.annotations.NullMarked;
