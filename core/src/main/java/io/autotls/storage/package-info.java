/**
 * The stores that come with AutoTls: {@link io.autotls.storage.FileStorage} for one machine, and
 * {@link io.autotls.storage.MemoryStorage} for tests. Both keep the contract of {@link
 * io.autotls.spi.Storage}; begin there to write another one.
 */
@NullMarked
package io.autotls.storage;

import org.jspecify.annotations.NullMarked;
