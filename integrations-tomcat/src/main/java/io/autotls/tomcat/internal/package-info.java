/** What stands between Tomcat's connectors and AutoTls. */
@NullMarked
package io.autotls.tomcat.internal;

import org.jspecify.annotations.NullMarked;
