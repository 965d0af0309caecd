/** HTTP/1.1 as far as a CA for tests needs it, including ways to break it. */
@NullMarked
package io.autotls.testing.ca.internal.http;

import org.jspecify.annotations.NullMarked;
