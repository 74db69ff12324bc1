package io.crij.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What was done for each pod since the daemon started, stage by stage, for people who ask why a pod is slow or does not come.
 * Kept in memory and bounded: the pods that were worked on last, of each how it began and what happened last. A stage costs two
 * looks at the clock.
 */
public final class Journal {
  /** More than a node runs, so that pods that failed or are gone can be asked about for a while. */
  private static final int PODS = 512;

  /** Of a pod that is worked on for ever (a container that crashes in a loop) the first entries stay: they tell how it began. */
  private static final int FIRST_ENTRIES = 8;

  private static final int ENTRIES = 24;

  /** Of names, which a client gives before anybody looked at them. Those of Kubernetes have 317 characters at most, with their namespace. */
  private static final int NAME_CHARACTERS = 512;

  private static final int FAILURE_CHARACTERS = 1000;

  /** The key of the thread's MDC under which a call that is traced has its {@code traceparent} of W3C Trace Context. */
  public static final String TRACE = "trace";

  private static final Parts NOBODY = (name, beganTicks, failed) -> {};
  private static final ScopedValue<Parts> PARTS = ScopedValue.newInstance();

  private final Map<String, List<Work>> byPod = new LinkedHashMap<>(16, 0.75f, true);
  private volatile Consumer<Entry> listener = entry -> {};

  /** Hears what a stage is made of: a plugin that ran, a layer that came. Any thread may tell, and parts may go side by side. */
  @FunctionalInterface
  public interface Parts {
    /** @param beganTicks as {@link System#nanoTime}; it has ended now */
    void ended(String name, long beganTicks, boolean failed);
  }

  /**
   * A part of a stage, which has ended.
   *
   * @param atNanos from the beginning of the work
   */
  public record Part(String name, long atNanos, long nanos, boolean failed) {}

  /**
   * One stage of a piece of work.
   *
   * @param atNanos how long after the work's begin it began
   * @param nanos how long it took, or takes so far
   * @param parts in the order in which they ended; seldom any
   */
  public record Stage(String name, long atNanos, long nanos, List<Part> parts) {
    public Stage {
      parts = List.copyOf(parts);
    }
  }

  /**
   * One piece of work as it stands now.
   *
   * @param pod {@code namespace/name}
   * @param operation the name of its RPC
   * @param subject what it is about: an id, the name of an image
   * @param nanos from its beginning to its end, or to now
   * @param stages in order; the last one is where it stands while it is running
   * @param failure a sentence, null if it did not fail
   * @param trace the {@code traceparent} of the call that it was done for, null if that is not traced
   */
  public record Entry(
      String pod,
      String operation,
      String subject,
      Instant began,
      long nanos,
      List<Stage> stages,
      boolean running,
      @Nullable String failure,
      @Nullable String trace) {
    public Entry {
      stages = List.copyOf(stages);
    }

    /** The stages for a line of the log. */
    public String words() {
      StringBuilder text = new StringBuilder();
      for (Stage stage : stages) {
        text.append(text.isEmpty() ? "" : ", ").append(stage.name()).append(String.format(Locale.ROOT, " %.1f ms", stage.nanos() / 1e6));
      }
      return text.toString();
    }
  }

  /** A piece of work that goes on. Its thread tells where it is; anybody may look. */
  public final class Work implements Parts {
    /** Names that the code knows, so few; one that repeats stages for ever must not fill the memory. */
    private static final int STAGES = 24;

    /** Of all stages together; an image may have more layers. */
    private static final int PARTS = 64;

    private final String pod;
    private final String operation;
    private final String subject;
    private final Instant began = Instant.now();
    private final long beganTicks = System.nanoTime();
    private final List<Stage> stages = new ArrayList<>(8);
    private final @Nullable String trace = MDC.get(TRACE);
    private List<Part> parts = List.of();
    private int partsOfAll;
    private @Nullable String stage;
    private long stageTicks = beganTicks;
    private long endTicks;
    private boolean ended;
    private @Nullable String failure;

    private Work(String pod, String operation, String subject) {
      this.pod = pod;
      this.operation = operation;
      this.subject = subject;
    }

    /** Ends the stage that it is in and begins the next. */
    public synchronized void enters(String next) {
      long now = System.nanoTime();
      endStage(now);
      stage = next;
      stageTicks = now;
    }

    @Override
    public synchronized void ended(String name, long partBeganTicks, boolean partFailed) {
      if (ended || stage == null || partsOfAll == PARTS) {
        return;
      }
      partsOfAll++;
      if (parts.isEmpty()) {
        parts = new ArrayList<>(4);
      }
      parts.add(new Part(bounded(name, NAME_CHARACTERS), partBeganTicks - beganTicks, System.nanoTime() - partBeganTicks, partFailed));
    }

    /** It failed; still to be ended. */
    synchronized void failed(@Nullable String why) {
      failure = why == null ? "for an unknown reason" : bounded(why, FAILURE_CHARACTERS);
    }

    void end() {
      synchronized (this) {
        endTicks = System.nanoTime();
        endStage(endTicks);
        stage = null;
        ended = true;
      }
      listener.accept(now());
    }

    /** How it stands. */
    public synchronized Entry now() {
      long until = ended ? endTicks : System.nanoTime();
      List<Stage> all = new ArrayList<>(stages);
      if (stage != null) {
        all.add(new Stage(stage, stageTicks - beganTicks, until - stageTicks, parts));
      }
      return new Entry(pod, operation, subject, began, until - beganTicks, all, !ended, failure, trace);
    }

    private void endStage(long now) {
      if (stage != null && stages.size() < STAGES) {
        stages.add(new Stage(stage, stageTicks - beganTicks, now - stageTicks, parts));
      }
      parts = List.of();
    }
  }

  /** From now on this one gets each piece of work that ended, and no other. It must not wait for anything. */
  public void listen(Consumer<Entry> next) {
    listener = next;
  }

  /**
   * Does a piece of work and keeps what it tells about itself, its failure too.
   *
   * @param pod {@code namespace/name}: attempts to make a pod again stand beside each other
   */
  public <T> T keep(String pod, String operation, String subject, Function<Work, T> body) {
    Work work = begin(pod, operation, subject);
    try {
      return under(work, () -> body.apply(work));
    } catch (RuntimeException | Error e) {
      work.failed(e.getMessage());
      throw e;
    } finally {
      work.end();
    }
  }

  /** Who hears of the parts of what this thread does; nobody, if it does no work that is kept. For a thread that is to help with it, too. */
  public static Parts parts() {
    return PARTS.orElse(NOBODY);
  }

  /** Does something of which these hear the parts. */
  public static <T extends @Nullable Object, X extends Throwable> T under(Parts parts, ScopedValue.CallableOp<? extends T, X> body) throws X {
    return ScopedValue.where(PARTS, parts).call(body);
  }

  Work begin(String name, String operation, String subject) {
    String pod = bounded(name, NAME_CHARACTERS);
    Work work = new Work(pod, operation, bounded(subject, NAME_CHARACTERS));
    synchronized (byPod) {
      List<Work> entries = byPod.computeIfAbsent(pod, first -> new ArrayList<>(4));
      if (entries.size() == ENTRIES) {
        entries.remove(FIRST_ENTRIES);
      }
      entries.add(work);
      if (byPod.size() > PODS) {
        Iterator<List<Work>> oldest = byPod.values().iterator();
        oldest.next();
        oldest.remove();
      }
    }
    return work;
  }

  private static String bounded(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  /** What was done for this pod, oldest first; empty for one that is not known. */
  public List<Entry> of(String pod) {
    List<Work> entries;
    synchronized (byPod) {
      entries = List.copyOf(byPod.getOrDefault(pod, List.of()));
    }
    return entries.stream().map(Work::now).toList();
  }

  /** The pods that are known, the one worked on last at the end. */
  public List<String> pods() {
    synchronized (byPod) {
      return List.copyOf(byPod.keySet());
    }
  }

  /** What goes on now, in all pods. */
  public List<Entry> underway() {
    List<Work> all = new ArrayList<>();
    synchronized (byPod) {
      byPod.values().forEach(all::addAll);
    }
    return all.stream().map(Work::now).filter(Entry::running).toList();
  }
}
