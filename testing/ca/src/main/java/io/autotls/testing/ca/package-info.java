/**
 * A strict ACME certificate authority and a DNS server for tests, in the process of the test. Begin
 * with {@link io.autotls.testing.ca.TestCa}.
 */
@NullMarked
package io.autotls.testing.ca;

import org.jspecify.annotations.NullMarked;
