/**
 * The configuration. {@code OwnSettings} declares what AutoTls itself reads, {@code Declarations}
 * knows those of all plug-ins too, {@code Configuration} reads values, and {@code Factories} makes
 * what they name.
 */
@NullMarked
package io.autotls.internal.config;

import org.jspecify.annotations.NullMarked;
