package io.crij.netns;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rates as Kubernetes writes them: a quantity such as {@code 10M} or {@code 512Ki}, in bits per second. */
final class Bandwidth {
  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18}(?:\\.\\d{0,9})?)([eE]\\+?\\d{1,2}|[A-Za-z]*)");

  /** The range that Kubernetes accepts for these annotations. */
  private static final BigDecimal LOWEST = new BigDecimal(1_000L);

  private static final BigDecimal HIGHEST = new BigDecimal(1_000_000_000_000_000L);

  private static final Map<String, BigDecimal> FACTORS =
      Map.ofEntries(
          Map.entry("", BigDecimal.ONE),
          Map.entry("k", BigDecimal.TEN.pow(3)),
          Map.entry("M", BigDecimal.TEN.pow(6)),
          Map.entry("G", BigDecimal.TEN.pow(9)),
          Map.entry("T", BigDecimal.TEN.pow(12)),
          Map.entry("P", BigDecimal.TEN.pow(15)),
          Map.entry("Ki", new BigDecimal(1L << 10)),
          Map.entry("Mi", new BigDecimal(1L << 20)),
          Map.entry("Gi", new BigDecimal(1L << 30)),
          Map.entry("Ti", new BigDecimal(1L << 40)));

  private Bandwidth() {}

  /** Bits per second. */
  static long parse(String annotation, String quantity) {
    Matcher matcher = QUANTITY.matcher(quantity);
    if (matcher.matches()) {
      String suffix = matcher.group(2);
      boolean exponent = suffix.length() > 1 && (suffix.charAt(0) == 'e' || suffix.charAt(0) == 'E');
      BigDecimal factor = exponent ? BigDecimal.TEN.pow(Integer.parseInt(suffix.substring(1))) : FACTORS.get(suffix);
      if (factor != null) {
        BigDecimal rate = new BigDecimal(matcher.group(1)).multiply(factor);
        if (rate.compareTo(LOWEST) >= 0 && rate.compareTo(HIGHEST) <= 0) {
          return rate.longValue();
        }
      }
    }
    String shown = quantity.length() > 40 ? quantity.substring(0, 40) + "…" : quantity;
    throw CriException.invalid(
        "The annotation " + annotation + " is '" + Printable.plain(shown) + "': a rate from 1k to 1P bits per second, such as 10M, is expected.");
  }
}
