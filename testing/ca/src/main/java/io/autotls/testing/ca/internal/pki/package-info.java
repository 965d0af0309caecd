/** Keys and certificates of the CA itself, and those that it issues. */
@NullMarked
package io.autotls.testing.ca.internal.pki;

import org.jspecify.annotations.NullMarked;
