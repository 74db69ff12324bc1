package io.crij.critest.hostile;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the attacks against a daemon with its normal heap: {@code HostileImages CRIJ FOLDER [full] [WORDS]}, where FOLDER is empty,
 * {@code full} adds those that take long and WORDS choose attacks by title. Prints a line for each check; the number of those that held and of those that did not goes to the file
 * that COUNTS names.
 */
public final class HostileImages {
  private static final Duration SETTLES_WITHIN = Duration.ofSeconds(30);
  private static final int CROWD = 8;

  private final Node node;
  private final boolean full;
  private final String chosen;
  private int passed;
  private int failed;

  private HostileImages(Node node, boolean full, String chosen) {
    this.node = node;
    this.full = full;
    this.chosen = chosen;
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[1]);
    long began = System.nanoTime();
    HostileServer proxy = new HostileServer();
    String proxies = "[registry]\nconfig_path = \"%s/hosts\"\nhttps_proxy = \"http://%s\"\nhttp_proxy = \"http://%s\"\n".formatted(folder, proxy.host(), proxy.host());
    HostileImages run;
    try (proxy; Node node = new Node(Path.of(args[0]), folder, proxies)) {
      boolean full = args.length > 2 && args[2].equals("full");
      run = new HostileImages(node, full, args.length > (full ? 3 : 2) ? args[full ? 3 : 2] : "");
      run.all(proxy);
    }
    System.out.println("took " + (System.nanoTime() - began) / 1_000_000_000 + " seconds");
    System.out.println(run.passed + " passed, " + run.failed + " failed");
    String counts = System.getenv("COUNTS");
    if (counts != null) {
      Files.writeString(Path.of(counts), run.passed + " " + run.failed + "\n");
    }
    System.exit(run.failed == 0 && run.passed > 0 ? 0 : 1);
  }

  private void all(HostileServer proxy) throws Exception {
    List<Attack> quick = new ArrayList<>(LayerAttacks.all());
    quick.addAll(DocumentAttacks.all());
    quick.addAll(WireAttacks.all());
    quick.addAll(TlsAttacks.all(proxy));
    List<Attack> slow = new ArrayList<>(WireAttacks.slow());
    List.of(quick, slow).forEach(list -> list.removeIf(attack -> (attack.onlyInFull() && !full) || !attack.title().contains(chosen)));
    String hostBefore = node.host();
    long pid = node.pid();
    try (Witness witness = new Witness(node)) {
      for (Attack attack : quick) {
        one(attack);
      }
      Sizes first = Sizes.of(node);
      String store = node.store();
      try (ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor()) {
        beside.execute(() -> check("R4 the slow ones, side by side, while others are served", () -> sideBySide(slow)));
        crowds(quick);
        if (full) {
          many(quick);
        }
      }
      check("nothing of the crowds is left in the store", () -> settles(store, Attack.Kept.PARTIAL));
      new SharedPulls(node, this::check).all();
      new LargeRequests(node, full ? 10 : 2, this::check).all();
      Sizes then = Sizes.settled(node, first);
      System.out.println("      after all of them once: " + first + "; after the crowds: " + then + "; " + witness);
      check("memory, descriptors and threads do not grow", () -> then.requireNoMoreThan(first, node.threadNames()));
      check("others were served all the while", witness::requireServed);
    }
    check("the canary is as it was", () -> Scene.require(node.host().equals(hostBefore), "before:\n" + hostBefore + "after:\n" + node.host()));
    check("the daemon is the same process", () -> Scene.require(node.isAlive() && node.pid() == pid, "it ended"));
    check("no secret stands in the log", this::logHasNoSecret);
    check("no line of the log misleads its reader", this::logIsPlain);
  }

  /** Throws if it does not hold. */
  interface Check {
    void run() throws Exception;
  }

  private void check(String words, Check check) {
    String failure = "";
    long began = System.nanoTime();
    try {
      check.run();
    } catch (Throwable e) {
      failure = "\n      " + (e instanceof IllegalStateException ? e.getMessage() : e);
    }
    synchronized (this) {
      System.out.println((failure.isEmpty() ? "pass  " : "FAIL  ") + words + " (" + (System.nanoTime() - began) / 1_000_000 + " ms)" + failure);
      passed += failure.isEmpty() ? 1 : 0;
      failed += failure.isEmpty() ? 0 : 1;
    }
  }

  private void one(Attack attack) {
    String[] said = {""};
    check(attack.title(), () -> {
      String before = node.store();
      try (Scene scene = new Scene(node)) {
        attack.setup().on(scene);
        said[0] = strike(attack, scene);
      }
      settles(before, attack.kept());
    });
    System.out.println("      " + said[0]);
  }

  /** Pulls once and compares the answer with what it must be; returns it. */
  private String strike(Attack attack, Scene scene) throws Exception {
    long began = System.nanoTime();
    Status status = pull(scene, attack);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    String message = status.getDescription() == null ? "" : status.getDescription();
    scene.told(message);
    String said = status.getCode() + " " + message;
    try {
      judge(attack, scene, status, took);
    } finally {
      if (status.isOk()) {
        node.remove(scene.reference());
      }
    }
    return said;
  }

  private void judge(Attack attack, Scene scene, Status status, Duration took) throws Exception {
    String message = scene.message();
    String said = status.getCode() + " " + message;
    Attack.Outcome outcome = attack.outcome();
    Scene.require(outcome.codes().contains(status.getCode()), "wanted " + outcome.codes() + ", got " + said);
    for (String word : outcome.words()) {
      Scene.require(message.contains(word), "'" + word + "' is missing in: " + said);
    }
    Scene.require(took.compareTo(attack.limit()) <= 0, "took " + took.toSeconds() + " s: " + said);
    Scene.require(!message.contains(Scene.PASSWORD) && !message.contains(Scene.TOKEN), "the message holds a secret");
    Scene.require(message.length() < 3000, "the message has " + message.length() + " characters");
    boolean namesIt = message.contains(scene.reference()) || status.getCode() == Status.Code.INVALID_ARGUMENT;
    Scene.require(status.isOk() || namesIt, "the image is not named in: " + said);
    outcome.look().at(scene);
    scene.checkStrangers();
    Scene.require(node.isAlive(), "the daemon ended");
  }

  /** The store has nothing more than before; what is kept by design is a blob's first bytes, and no layer. */
  private void settles(String before, Attack.Kept kept) throws Exception {
    long end = System.nanoTime() + SETTLES_WITHIN.toNanos();
    String now = node.store();
    while (!now.equals(before) && System.nanoTime() < end) {
      if (kept == Attack.Kept.PARTIAL) {
        clearPartial();
      }
      Thread.sleep(50);
      now = node.store();
    }
    Scene.require(now.equals(before), "the store was\n" + before + "and is\n" + now);
  }

  private void clearPartial() throws IOException {
    try (var files = Files.list(node.folder("root/images/partial"))) {
      for (Path file : files.toList()) {
        Scene.require(Files.size(file) <= 4 << 20, "more was kept than the blob has");
        Files.delete(file);
      }
    }
  }

  /** The worst of the quick ones: eight different ones at a time, then some of them eight times at once. */
  private void crowds(List<Attack> quick) {
    List<Attack> worst = quick.stream().filter(attack -> attack.id().matches("F[2357]|R8[defg]|R2|R5|R7|R10") && !attack.title().contains(" bomb") && !attack.onlyInFull()).toList();
    for (int from = 0; from < worst.size(); from += CROWD) {
      List<Attack> crowd = new ArrayList<>();
      List<Attack> part = worst.subList(from, Math.min(worst.size(), from + CROWD));
      part.forEach(attack -> crowd.add(attack.within(300)));
      check("a crowd from '" + part.getFirst().title() + "' on", () -> sideBySide(crowd));
    }
    for (Attack attack : worst) {
      if (attack.title().matches("F7 a (million|label|manifest).*|R8e as many.*|R8f a GNU long name.*|R7 .*window.*")) {
        check(CROWD + " times at once: " + attack.title(), () -> sideBySide(java.util.Collections.nCopies(CROWD, attack.within(300))));
      }
    }
  }

  /** What only many rounds show: each attack by eight clients of one image, and a layer of garbage two thousand times. */
  private void many(List<Attack> quick) {
    for (Attack attack : quick) {
      check(CROWD + " clients of one image: " + attack.title(), () -> sharing(attack));
    }
    for (Attack attack : quick) {
      if (attack.id().equals("F2")) {
        check("a thousand times: " + attack.title(), () -> {
          for (int round = 0; round < 1000 / CROWD; round++) {
            sideBySide(java.util.Collections.nCopies(CROWD, attack.within(300)));
          }
        });
      }
    }
  }

  /** All are told the same. What the servers saw is not looked at: a client that comes late asks them once more. */
  private void sharing(Attack attack) throws Exception {
    List<Future<Status>> answers = new ArrayList<>();
    try (Scene scene = new Scene(node); ExecutorService pullers = Executors.newVirtualThreadPerTaskExecutor()) {
      attack.setup().on(scene);
      for (int i = 0; i < CROWD; i++) {
        answers.add(pullers.submit(() -> pull(scene, attack)));
      }
      for (Future<Status> answer : answers) {
        Status status = answer.get();
        Scene.require(attack.outcome().codes().contains(status.getCode()), "wanted " + attack.outcome().codes() + ", got " + status);
      }
      node.remove(answers.stream().anyMatch(answer -> answer.resultNow().isOk()) ? scene.reference() : "none");
    }
  }

  private Status pull(Scene scene, Attack attack) {
    try {
      node.pull(scene.reference(), scene.auth(), attack.limit().multipliedBy(4));
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private void sideBySide(List<Attack> attacks) throws Exception {
    List<Future<@Nullable Void>> all = new ArrayList<>();
    try (ExecutorService pullers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Attack attack : attacks) {
        all.add(pullers.submit(() -> {
          try (Scene scene = new Scene(node)) {
            attack.setup().on(scene);
            strike(attack, scene);
          } catch (IllegalStateException e) {
            throw new IllegalStateException(attack.title() + ": " + e.getMessage(), e);
          }
          return null;
        }));
      }
    }
    for (Future<@Nullable Void> pull : all) {
      try {
        pull.get();
      } catch (java.util.concurrent.ExecutionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }
  }

  private void logHasNoSecret() throws IOException {
    String log = Files.readString(node.log(), StandardCharsets.ISO_8859_1);
    for (String secret : List.of(Scene.PASSWORD, Scene.TOKEN, java.util.Base64.getEncoder().encodeToString(("me:" + Scene.PASSWORD).getBytes(StandardCharsets.UTF_8)))) {
      int at = log.indexOf(secret);
      Scene.require(at < 0, "near: " + log.substring(Math.max(0, at - 200), Math.min(log.length(), at + 100)));
    }
  }

  private void logIsPlain() throws IOException {
    for (String line : Files.readAllLines(node.log())) {
      Scene.require(line.codePoints().noneMatch(c -> c != '\t' && DocumentAttacks.misleads(c)), "line: " + line);
    }
  }

  /** What the daemon's process takes. */
  private record Sizes(long heapKib, long residentKib, long peakKib, int descriptors, int threads) {
    /** Caches fill, and the JVM compiles more; both are far below what one image could ask for. */
    private static final long HEAP_GROWTH_KIB = 20 << 10;

    private static final long RESIDENT_KIB_MAX = 900 << 10;
    private static final int DESCRIPTORS_GROWTH = 16;
    private static final int THREADS_GROWTH = 8;

    static Sizes of(Node node) throws IOException, InterruptedException {
      TimeUnit.SECONDS.sleep(2);
      return new Sizes(node.heapKib(), node.statusKib("VmRSS"), node.statusKib("VmHWM"), node.descriptors(), node.threads());
    }

    /** The JVM ends threads that it does not need half a minute later; what is not gone by then is lost. */
    static Sizes settled(Node node, Sizes before) throws IOException, InterruptedException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      Sizes now = of(node);
      while (now.threads > before.threads + THREADS_GROWTH && System.nanoTime() < end) {
        System.out.println("      threads: " + node.threadNames());
        TimeUnit.SECONDS.sleep(8);
        now = of(node);
      }
      return now;
    }

    void requireNoMoreThan(Sizes before, Map<String, Integer> threadNames) {
      Scene.require(heapKib <= before.heapKib + HEAP_GROWTH_KIB, "the heap grew");
      Scene.require(peakKib <= RESIDENT_KIB_MAX, "the process had " + peakKib + " KiB");
      Scene.require(descriptors <= before.descriptors + DESCRIPTORS_GROWTH, "descriptors leak");
      Scene.require(threads <= before.threads + THREADS_GROWTH, "threads leak: " + threadNames);
    }
  }
}
