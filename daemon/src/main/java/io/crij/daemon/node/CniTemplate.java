package io.crij.daemon.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network configuration with blanks for the pods' address ranges. It understands what templates for containerd's
 * {@code conf_template} are made of: {@code {{.PodCIDR}}}, {@code {{range $i, $x := .PodCIDRRanges}}} and {@code .Routes} with
 * {@code {{$x}}}, {@code {{if $i}}} and {@code {{end}}} inside.
 */
final class CniTemplate {
  private static final Pattern ACTION = Pattern.compile("\\{\\{\\s*(.*?)\\s*}}", Pattern.DOTALL);
  private static final Pattern RANGE =
      Pattern.compile("range\\s+(\\$\\w+)\\s*,\\s*(\\$\\w+)\\s*:=\\s*\\.(PodCIDRRanges|Routes)");
  private static final Pattern IF = Pattern.compile("if\\s+(\\$\\w+)");

  /** A part of the template: text, or an action without its braces. */
  private record Part(String text, boolean action) {}

  private final List<Part> parts;
  private final PodCidrs cidrs;
  private final StringBuilder out = new StringBuilder();

  /** The template cannot be filled in; the message is a part of a sentence. */
  static final class TemplateException extends Exception {
    private static final long serialVersionUID = 1;

    TemplateException(String message) {
      super(message);
    }
  }

  private CniTemplate(List<Part> parts, PodCidrs cidrs) {
    this.parts = parts;
    this.cidrs = cidrs;
  }

  static String fill(String template, PodCidrs cidrs) throws TemplateException {
    CniTemplate filling = new CniTemplate(split(template), cidrs);
    int end = filling.block(0, Map.of(), true);
    if (end != filling.parts.size()) {
      throw new TemplateException("there is an {{end}} too many");
    }
    return filling.out.toString();
  }

  private static List<Part> split(String template) {
    List<Part> parts = new ArrayList<>();
    Matcher action = ACTION.matcher(template);
    int at = 0;
    while (action.find()) {
      parts.add(new Part(template.substring(at, action.start()), false));
      parts.add(new Part(action.group(1), true));
      at = action.end();
    }
    parts.add(new Part(template.substring(at), false));
    return parts;
  }

  /**
   * Writes from {@code start} to the end of the block.
   *
   * @param names the variables that hold here
   * @param shown false where the block is only passed over
   * @return the index of the {@code end} that closes the block, or of the end of the template
   */
  private int block(int start, Map<String, String> names, boolean shown) throws TemplateException {
    int at = start;
    while (at < parts.size()) {
      Part part = parts.get(at);
      if (!part.action()) {
        write(part.text(), shown);
      } else if (part.text().equals("end")) {
        return at;
      } else {
        at = action(part.text(), at, names, shown);
      }
      at++;
    }
    return at;
  }

  /** @return the index of the last part of the action */
  private int action(String text, int at, Map<String, String> names, boolean shown) throws TemplateException {
    Matcher range = RANGE.matcher(text);
    if (range.matches()) {
      List<String> values = range.group(3).equals("Routes") ? cidrs.routes() : cidrs.ranges();
      int end = at;
      for (int i = 0; i < values.size(); i++) {
        Map<String, String> inside = new HashMap<>(names);
        inside.put(range.group(1), i == 0 ? "" : Integer.toString(i));
        inside.put(range.group(2), values.get(i));
        end = closed(block(at + 1, inside, shown), text);
      }
      return end;
    }
    Matcher condition = IF.matcher(text);
    if (condition.matches()) {
      String value = value(condition.group(1), names);
      return closed(block(at + 1, names, shown && !value.isEmpty()), text);
    }
    write(text.equals(".PodCIDR") ? cidrs.ranges().getFirst() : value(text, names), shown);
    return at;
  }

  private int closed(int end, String action) throws TemplateException {
    if (end >= parts.size()) {
      throw new TemplateException("{{" + action + "}} has no {{end}}");
    }
    return end;
  }

  private static String value(String name, Map<String, String> names) throws TemplateException {
    String value = names.get(name);
    if (value == null) {
      throw new TemplateException("{{" + name + "}} is not understood");
    }
    return value;
  }

  private void write(String text, boolean shown) {
    if (shown) {
      out.append(text);
    }
  }
}
