/**
 * Automatic certificates for a Java application. Begin with {@link io.autotls.AutoTls}; plug-ins
 * begin in {@link io.autotls.spi}.
 */
@NullMarked
package io.autotls;

import org.jspecify.annotations.NullMarked;
