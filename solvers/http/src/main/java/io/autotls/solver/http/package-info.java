/**
 * HTTP-01: proves control of a name by an answer on port 80 (RFC 8555 §8.3). Begin with {@link
 * io.autotls.solver.http.Http01Solver}.
 */
@NullMarked
package io.autotls.solver.http;

import org.jspecify.annotations.NullMarked;
