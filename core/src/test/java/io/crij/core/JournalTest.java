package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
  private final Journal journal = new Journal();

  @Test
  void workShowsItsStagesWhileItGoesOnAndAfterwards() {
    journal.keep(
        "default/web",
        "RunPodSandbox",
        "abc",
        work -> {
          work.enters("cgroup");
          work.enters("network");
          Journal.Entry now = journal.of("default/web").getFirst();
          assertThat(now.running()).isTrue();
          assertThat(now.subject()).isEqualTo("abc");
          assertThat(now.stages()).extracting(Journal.Stage::name).containsExactly("cgroup", "network");
          assertThat(journal.underway()).hasSize(1);
          return 1;
        });
    Journal.Entry after = journal.of("default/web").getFirst();
    assertThat(after.running()).isFalse();
    assertThat(after.stages()).extracting(Journal.Stage::name).containsExactly("cgroup", "network");
    assertThat(after.stages().stream().mapToLong(Journal.Stage::nanos).sum()).isLessThanOrEqualTo(after.nanos());
    assertThat(journal.underway()).isEmpty();
  }

  @Test
  void aFailureStaysWithItsStage() {
    assertThatThrownBy(
            () ->
                journal.keep(
                    "default/web",
                    "RunPodSandbox",
                    "",
                    work -> {
                      work.enters("network");
                      throw CriException.invalid("no address is free");
                    }))
        .hasMessage("no address is free");
    Journal.Entry entry = journal.of("default/web").getFirst();
    assertThat(entry.failure()).isEqualTo("no address is free");
    assertThat(entry.stages()).extracting(Journal.Stage::name).containsExactly("network");
    assertThat(entry.running()).isFalse();
  }

  @Test
  void whatOtherThreadsDoForAStageIsItsPart() {
    JoinedWork<String, Integer> joined = new JoinedWork<>(Thread.ofVirtual().factory(), key -> key);
    journal.keep(
        "default/web",
        "RunPodSandbox",
        "abc",
        work -> {
          work.enters("record");
          work.enters("network");
          return joined.run(
              "x",
              "x",
              () -> {
                Journal.parts().ended("bridge ADD", System.nanoTime(), true);
                return 1;
              });
        });
    Journal.parts().ended("nobody hears of this", System.nanoTime(), false);
    Journal.Entry entry = journal.of("default/web").getFirst();
    assertThat(entry.stages().get(0).parts()).isEmpty();
    assertThat(entry.stages().get(1).parts()).singleElement().satisfies(part -> assertThat(part.name()).isEqualTo("bridge ADD"));
    assertThat(entry.stages().get(1).parts().getFirst().failed()).isTrue();
  }

  @Test
  void manyPartsDoNotFillTheMemory() {
    journal.keep(
        "a/b",
        "PullImage",
        "",
        work -> {
          work.enters("pull");
          for (int i = 0; i < 1000; i++) {
            work.ended("layer " + i, System.nanoTime(), false);
          }
          return 1;
        });
    assertThat(journal.of("a/b").getFirst().stages().getFirst().parts()).hasSize(64);
  }

  @Test
  void theListenerHearsOfTheEnd() {
    List<Journal.Entry> heard = new ArrayList<>();
    journal.listen(heard::add);
    Journal.Work work = journal.begin("a/b", "StartContainer", "c");
    assertThat(heard).isEmpty();
    work.end();
    assertThat(heard).hasSize(1);
  }

  @Test
  void aPodThatIsWorkedOnForEverKeepsItsBeginningAndItsEnd() {
    for (int i = 0; i < 1000; i++) {
      journal.begin("a/b", "StartContainer", "c" + i).end();
    }
    List<String> subjects = journal.of("a/b").stream().map(Journal.Entry::subject).toList();
    assertThat(subjects).hasSize(24).startsWith("c0", "c1").endsWith("c998", "c999");
  }

  @Test
  void thePodsThatWereWorkedOnLastAreKept() {
    for (int i = 0; i < 2000; i++) {
      journal.begin("a/" + i, "RunPodSandbox", "").end();
    }
    assertThat(journal.pods()).hasSize(512).contains("a/1999").doesNotContain("a/0");
    assertThat(journal.of("a/0")).isEmpty();
  }

  @Test
  void whatAClientNamesFillsNoMemory() {
    String endless = "x".repeat(1 << 20);
    assertThatThrownBy(
            () ->
                journal.keep(
                    endless,
                    "PullImage",
                    endless,
                    work -> {
                      throw CriException.invalid(endless);
                    }))
        .isInstanceOf(CriException.class);
    String pod = journal.pods().getFirst();
    Journal.Entry entry = journal.of(pod).getFirst();
    assertThat(pod.length() + entry.pod().length() + entry.subject().length() + String.valueOf(entry.failure()).length()).isLessThan(3000);
  }

  @Test
  void aLoopOfStagesIsCutOff() {
    Journal.Work work = journal.begin("a/b", "StartContainer", "");
    for (int i = 0; i < 1000; i++) {
      work.enters("again");
    }
    assertThat(work.now().stages()).hasSizeLessThan(30);
  }
}
