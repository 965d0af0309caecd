/** Checks of challenges over real connections. */
@NullMarked
package io.autotls.testing.ca.internal.validation;

import org.jspecify.annotations.NullMarked;
