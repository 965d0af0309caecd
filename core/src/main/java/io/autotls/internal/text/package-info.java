/** The form of stored entries: text for people, PEM for {@code openssl}. */
@NullMarked
package io.autotls.internal.text;

import org.jspecify.annotations.NullMarked;
