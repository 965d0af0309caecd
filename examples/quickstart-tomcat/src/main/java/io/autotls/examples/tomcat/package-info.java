/** The quickstart, on Tomcat. */
package io.autotls.examples.tomcat;
