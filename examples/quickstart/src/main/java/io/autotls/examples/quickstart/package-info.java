/** The quickstart, on Jetty. */
package io.autotls.examples.quickstart;
