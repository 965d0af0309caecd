/** The ACME client without the rest of AutoTls. */
package io.autotls.examples.acme;
