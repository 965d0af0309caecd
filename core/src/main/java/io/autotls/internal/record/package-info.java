/**
 * What is stored for one certificate, how it is written and read, and the rules that follow from
 * it: when to renew, how long to wait after a failure.
 */
@NullMarked
package io.autotls.internal.record;

import org.jspecify.annotations.NullMarked;
