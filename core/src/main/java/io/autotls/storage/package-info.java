/**
 * Places to keep certificates that need nothing but the JDK: {@link io.autotls.storage.FileStorage}
 * and {@link io.autotls.storage.MemoryStorage}.
 */
@NullMarked
package io.autotls.storage;

import org.jspecify.annotations.NullMarked;
