/** Automatic HTTPS for Tomcat. Begin with {@link io.autotls.tomcat.TomcatAutoTls}. */
@NullMarked
package io.autotls.tomcat;

import org.jspecify.annotations.NullMarked;
