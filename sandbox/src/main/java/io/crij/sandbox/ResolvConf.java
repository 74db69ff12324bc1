package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.DNSConfig;
import java.util.List;

/** The text of a pod's resolv.conf(5). */
final class ResolvConf {
  private static final int MAX_ENTRIES = 256;
  private static final int MAX_LENGTH = 1024;

  private ResolvConf() {}

  /** Refuses entries that would write lines of their own into the file. */
  static void check(DNSConfig dns) {
    entries("config.dns_config.servers", dns.getServersList());
    entries("config.dns_config.searches", dns.getSearchesList());
    entries("config.dns_config.options", dns.getOptionsList());
  }

  /** One nameserver line per server, one search line, one options line; an empty message is an empty file. */
  static String text(DNSConfig dns) {
    StringBuilder text = new StringBuilder();
    for (String server : dns.getServersList()) {
      text.append("nameserver ").append(server).append('\n');
    }
    if (dns.getSearchesCount() > 0) {
      text.append("search ").append(String.join(" ", dns.getSearchesList())).append('\n');
    }
    if (dns.getOptionsCount() > 0) {
      text.append("options ").append(String.join(" ", dns.getOptionsList())).append('\n');
    }
    return text.toString();
  }

  private static void entries(String field, List<String> entries) {
    if (entries.size() > MAX_ENTRIES) {
      throw CriException.invalid(field + ": " + entries.size() + " entries are more than " + MAX_ENTRIES + ".");
    }
    for (String entry : entries) {
      if (entry.isEmpty() || entry.length() > MAX_LENGTH || entry.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
        throw CriException.invalid(
            field + ": '" + Printable.of(entry) + "' is empty, longer than " + MAX_LENGTH + " characters or has a space in it.");
      }
    }
  }
}
