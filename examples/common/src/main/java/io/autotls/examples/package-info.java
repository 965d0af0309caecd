/** What the examples share. */
package io.autotls.examples;
