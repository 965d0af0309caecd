/** Makes the stores of core for values of {@code autotls.storage}. */
@NullMarked
package io.autotls.internal.storage;

import org.jspecify.annotations.NullMarked;
