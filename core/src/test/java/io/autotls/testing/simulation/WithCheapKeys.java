package io.autotls.testing.simulation;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** RSA keys are {@link CheapKeys} while the tests of this class run. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(WithCheapKeys.Extension.class)
public @interface WithCheapKeys {
  /** Opens and closes them. */
  final class Extension implements BeforeAllCallback, AfterAllCallback {
    private CheapKeys keys;

    @Override
    public void beforeAll(ExtensionContext context) {
      keys = CheapKeys.open();
    }

    @Override
    public void afterAll(ExtensionContext context) {
      keys.close();
    }
  }
}
