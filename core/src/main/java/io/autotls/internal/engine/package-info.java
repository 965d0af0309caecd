/** Puts the parts together, starts and stops them, and answers status and explain. */
@NullMarked
package io.autotls.internal.engine;

import org.jspecify.annotations.NullMarked;
