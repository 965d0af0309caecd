/**
 * Plug-ins as somebody else would write them: {@code autotls.storage=journal:…}, {@code
 * autotls.ca=house:…}, and a solver for HTTP-01. They see {@code io.autotls.spi} and nothing else
 * of AutoTls.
 */
@NullMarked
package com.example.autotls;

import org.jspecify.annotations.NullMarked;
