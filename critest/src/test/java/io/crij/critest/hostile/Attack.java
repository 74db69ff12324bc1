package io.crij.critest.hostile;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * One thing that a registry or an image does, and what must come of it.
 *
 * @param id of the row in docs/hostile-input.md
 * @param name tells it from the others of its row
 * @param limit in which the answer must be there
 * @param kept what the store may keep of it beside nothing
 * @param onlyInFull whether it takes too long for each run
 */
record Attack(String id, String name, Setup setup, Outcome outcome, Duration limit, Kept kept, boolean onlyInFull) {
  /** Arranges the servers. */
  interface Setup {
    void on(Scene scene) throws Exception;
  }

  /** Looks at what there is after the pull; an exception is a failure. */
  interface Look {
    void at(Scene scene) throws Exception;
  }

  /**
   * What the client is told.
   *
   * @param codes one of them; OK means that the pull goes well and the image is then looked at and removed
   * @param words that the message must have
   */
  record Outcome(Set<Status.Code> codes, List<String> words, Look look) {
    Outcome and(Look more) {
      return new Outcome(codes, words, scene -> {
        look.at(scene);
        more.at(scene);
      });
    }
  }

  enum Kept {
    NOTHING,
    /** The first bytes of a large blob, for the next pull. */
    PARTIAL
  }

  static final Duration SOON = Duration.ofSeconds(30);

  Attack(String id, String name, Setup setup, Outcome outcome) {
    this(id, name, setup, outcome, SOON, Kept.NOTHING, false);
  }

  Attack within(long seconds) {
    return new Attack(id, name, setup, outcome, Duration.ofSeconds(seconds), kept, onlyInFull);
  }

  Attack keepsPartial() {
    return new Attack(id, name, setup, outcome, limit, Kept.PARTIAL, onlyInFull);
  }

  Attack inFull() {
    return new Attack(id, name, setup, outcome, limit, kept, true);
  }

  String title() {
    return id + " " + name;
  }

  /** The image or the registry breaks a rule. */
  static Outcome refused(String... words) {
    return failed(Status.Code.FAILED_PRECONDITION, words);
  }

  /** kubelet shows its users that the registry is at fault. */
  static Outcome unavailable(String... words) {
    Outcome outcome = failed(Status.Code.UNKNOWN, words);
    return outcome.and(scene -> Scene.require(scene.message().startsWith("RegistryUnavailable: "), "the message does not start with RegistryUnavailable"));
  }

  static Outcome failed(Status.Code code, String... words) {
    return new Outcome(Set.of(code), List.of(words), scene -> {});
  }

  static Outcome pulled(Look look) {
    return new Outcome(Set.of(Status.Code.OK), List.of(), look);
  }
}
