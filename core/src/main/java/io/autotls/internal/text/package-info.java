/** How texts are read and written: settings of people, stored entries, words of others. */
@NullMarked
package io.autotls.internal.text;

import org.jspecify.annotations.NullMarked;
