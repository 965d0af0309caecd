/** Host names and addresses, as people write them and as certificates carry them. */
@NullMarked
package io.autotls.internal.names;

import org.jspecify.annotations.NullMarked;
