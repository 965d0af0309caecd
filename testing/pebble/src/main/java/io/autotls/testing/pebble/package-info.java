/**
 * Starts Pebble, the test CA of Let's Encrypt, and its DNS server as processes of a test. Begin
 * with {@link io.autotls.testing.pebble.Pebble}.
 */
@NullMarked
package io.autotls.testing.pebble;

import org.jspecify.annotations.NullMarked;
