/** Where settings come from, and what they are called. */
@NullMarked
package io.autotls.internal.config;

import org.jspecify.annotations.NullMarked;
