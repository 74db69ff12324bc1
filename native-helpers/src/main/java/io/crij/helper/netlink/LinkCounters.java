package io.crij.helper.netlink;

/** What one network interface carried since it was made, as it counts itself (rtnetlink(7), {@code IFLA_STATS64}). */
public record LinkCounters(
    String name,
    long rxBytes,
    long rxPackets,
    long rxErrors,
    long rxDropped,
    long txBytes,
    long txPackets,
    long txErrors,
    long txDropped) {}
