/** The inside of {@link io.autotls.LocalIssuer}. Begin with {@code LocalCa}. */
@NullMarked
package io.autotls.internal.localca;

import org.jspecify.annotations.NullMarked;
