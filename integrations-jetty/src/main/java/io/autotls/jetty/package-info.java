/** Automatic HTTPS for Jetty 12. Begin with {@link io.autotls.jetty.JettyAutoTls}. */
@NullMarked
package io.autotls.jetty;

import org.jspecify.annotations.NullMarked;
