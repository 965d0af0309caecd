/** Automatic HTTPS for Tomcat 10.1 and 11. Begin with {@link io.autotls.tomcat.TomcatAutoTls}. */
@NullMarked
package io.autotls.tomcat;

import org.jspecify.annotations.NullMarked;
