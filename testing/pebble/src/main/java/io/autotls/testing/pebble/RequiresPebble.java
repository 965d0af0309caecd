package io.autotls.testing.pebble;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test, or all tests of a class, if one of these versions of Pebble is not on this machine,
 * and says so on standard error. With {@code AUTOTLS_REQUIRE_PEBBLE=1} in the environment the tests
 * fail instead.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresPebbleCondition.class)
public @interface RequiresPebble {
  /** The versions that the test starts. */
  PebbleVersion[] value() default PebbleVersion.V2_10;
}
