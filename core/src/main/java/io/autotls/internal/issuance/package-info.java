/**
 * Takes a certificate from wanted to installed, step by step: who issues it, what a failure means,
 * what is written down.
 */
@NullMarked
package io.autotls.internal.issuance;

import org.jspecify.annotations.NullMarked;
