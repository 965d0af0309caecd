/** How the configuration finds the stores of core. */
@NullMarked
package io.autotls.internal.storage;

import org.jspecify.annotations.NullMarked;
