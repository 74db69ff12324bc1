package io.crij.image.registry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * Counts for each server. The first of them have an account each, all others share one: who redirects us to ever new names does not
 * fill the memory, nor what reads the counts. Nothing is ever taken away, so that they only grow. Thread-safe; one per node.
 */
final class TrafficAccounts {
  private static final int SERVERS = 64;

  private static final class Account {
    final LongAdder requests = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder throttled = new LongAdder();
    final LongAdder bytes = new LongAdder();
  }

  private final ConcurrentHashMap<String, Account> accounts = new ConcurrentHashMap<>();
  private final Account others = new Account();

  void answered(String server, int status) {
    Account account = account(server);
    account.requests.increment();
    if (status == 429) {
      account.throttled.increment();
    } else if (status >= 500) {
      account.failures.increment();
    }
  }

  void unanswered(String server) {
    Account account = account(server);
    account.requests.increment();
    account.failures.increment();
  }

  LongConsumer bytes(String server) {
    return account(server).bytes::add;
  }

  List<ServerTraffic> now() {
    List<ServerTraffic> all = new ArrayList<>();
    accounts.forEach((server, account) -> all.add(of(server, account)));
    all.sort(Comparator.comparing(ServerTraffic::server));
    if (others.requests.sum() > 0) {
      all.add(of(ServerTraffic.OTHERS, others));
    }
    return all;
  }

  private static ServerTraffic of(String server, Account account) {
    return new ServerTraffic(server, account.requests.sum(), account.failures.sum(), account.throttled.sum(), account.bytes.sum());
  }

  private Account account(String server) {
    Account known = accounts.get(server);
    if (known != null) {
      return known;
    }
    synchronized (accounts) {
      return accounts.size() < SERVERS ? accounts.computeIfAbsent(server, name -> new Account()) : accounts.getOrDefault(server, others);
    }
  }
}
