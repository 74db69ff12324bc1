package io.crij.helper.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.crij.core.Json;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A plan as data for people and tools. Programs of the kernel's machines are shown as length and SHA-256; values of the
 * environment, among which secrets are, only when asked for.
 */
public final class PlanJson {
  /** What stands where a value is not shown. */
  public static final String HIDDEN = "(hidden)";

  private PlanJson() {}

  /** One map for each operation: {@code op}, then the operation's fields in the order of PROTOCOL.md. */
  public static List<Map<String, Object>> view(LaunchPlan plan, boolean showEnvironment) {
    return plan.operations().stream().map(operation -> view(operation, showEnvironment)).toList();
  }

  /** The view as indented JSON text. */
  public static String text(LaunchPlan plan, boolean showEnvironment) {
    try {
      return Json.OWN.writerWithDefaultPrettyPrinter().writeValueAsString(view(plan, showEnvironment));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps, lists, texts and numbers can always be written", e);
    }
  }

  static Map<String, Object> view(PlanOp operation, boolean showEnvironment) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("op", operation.getClass().getSimpleName());
    if (operation instanceof PlanOp.Env env && !showEnvironment) {
      view.put("name", env.name());
      view.put("value", HIDDEN);
      return view;
    }
    boolean hook = operation instanceof PlanOp.CreateHook || operation instanceof PlanOp.StartHook;
    for (RecordComponent component : operation.getClass().getRecordComponents()) {
      Object value = valueOf(operation, component);
      boolean variables = hook && component.getName().equals("env") && !showEnvironment;
      view.put(component.getName(), variables ? hidden((List<?>) value) : shown(component.getName(), value));
    }
    return view;
  }

  private static List<String> hidden(List<?> variables) {
    return variables.stream().map(variable -> variable.toString().replaceFirst("(?s)=.*", "=" + HIDDEN)).toList();
  }

  private static Object shown(String name, Object value) {
    return switch (value) {
      case Instructions code -> Map.of("bytes", code.length(), "sha256", code.sha256());
      case Collection<?> many when many.stream().allMatch(Enum.class::isInstance) ->
          many.stream().map(one -> word((Enum<?>) one)).sorted().toList();
      case Collection<?> many -> List.copyOf(many);
      case Enum<?> constant -> word(constant);
      case Integer mode when name.equals("mode") -> octal(mode);
      default -> value;
    };
  }

  private static String octal(int mode) {
    return "0" + Integer.toOctalString(mode);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static Object valueOf(PlanOp operation, RecordComponent component) {
    try {
      return component.getAccessor().invoke(operation);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("an operation's own accessor failed", e);
    }
  }
}
