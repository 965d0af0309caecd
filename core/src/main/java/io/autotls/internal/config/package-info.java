/**
 * Where settings come from and what they mean. Begin with {@link
 * io.autotls.internal.config.Settings}.
 */
@NullMarked
package io.autotls.internal.config;

import org.jspecify.annotations.NullMarked;
