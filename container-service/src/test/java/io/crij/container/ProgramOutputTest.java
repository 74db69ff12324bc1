package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgramOutputTest {
  private static final int OWN = OutputMemory.OWN_BYTES;

  @Test
  void allProgramsTogetherKeepNoMoreThanThereIs() {
    OutputMemory memory = new OutputMemory(1000);
    try (ProgramOutput first = new ProgramOutput(memory, 1 << 20);
        ProgramOutput second = new ProgramOutput(memory, 1 << 20)) {
      first.stdout(new byte[OWN]);
      first.stderr(new byte[600]);
      second.stdout(new byte[OWN + 600]);
      second.stdout(new byte[5]);
      assertThat(first.response(0).getStderr().size()).isEqualTo(600);
      assertThat(first.dropped()).isZero();
      assertThat(second.response(0).getStdout().size()).isEqualTo(OWN + 400);
      assertThat(second.dropped()).isEqualTo(205);
    }
    assertThat(memory.take(5000)).isEqualTo(1000);
  }

  @Test
  void oneReplyHoldsNoMoreThanItsClientAccepts() {
    try (ProgramOutput output = new ProgramOutput(new OutputMemory(1 << 20), 10)) {
      output.stdout(new byte[8]);
      output.stderr(new byte[8]);
      output.stdout(new byte[8]);
      assertThat(output.response(3).getStdout().size()).isEqualTo(8);
      assertThat(output.response(3).getStderr().size()).isEqualTo(2);
      assertThat(output.dropped()).isEqualTo(14);
    }
  }
}
