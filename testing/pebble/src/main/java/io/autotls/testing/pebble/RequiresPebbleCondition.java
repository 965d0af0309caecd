package io.autotls.testing.pebble;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link RequiresPebble} does. */
public final class RequiresPebbleCondition implements ExecutionCondition {
  /** For JUnit. */
  public RequiresPebbleCondition() {}

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), RequiresPebble.class)
        .map(this::evaluate)
        .orElseGet(() -> ConditionEvaluationResult.enabled("no Pebble required"));
  }

  private ConditionEvaluationResult evaluate(RequiresPebble required) {
    for (PebbleVersion version : required.value()) {
      if (PebblePrograms.find(version).isEmpty()) {
        return ConditionEvaluationResult.disabled(PebblePrograms.skipOrFail(version));
      }
    }
    return ConditionEvaluationResult.enabled("Pebble is installed");
  }
}
