package io.crij.container;

import com.google.protobuf.ByteString;
import io.crij.cri.ExecSyncResponse;
import io.crij.helper.ExecSession;

/** Both streams of a program, cut off where the reply would become too large or all programs together hold too much. */
final class ProgramOutput implements ExecSession.OutputSink, AutoCloseable {
  private final OutputMemory memory;
  private final int most;
  private final ByteString.Output stdout = ByteString.newOutput();
  private final ByteString.Output stderr = ByteString.newOutput();
  private int kept;
  private int borrowed;
  private long dropped;

  ProgramOutput(OutputMemory memory, int most) {
    this.memory = memory;
    this.most = most;
  }

  @Override
  public void stdout(byte[] chunk) {
    append(stdout, chunk);
  }

  @Override
  public void stderr(byte[] chunk) {
    append(stderr, chunk);
  }

  private void append(ByteString.Output stream, byte[] chunk) {
    // Once cut off it stays so: an output with a hole in the middle would be worse than a short one.
    int taken = dropped > 0 ? 0 : room(Math.min(most - kept, chunk.length));
    stream.write(chunk, 0, taken);
    kept += taken;
    dropped += chunk.length - taken;
  }

  private int room(int wanted) {
    int beyond = kept + wanted - OutputMemory.OWN_BYTES - borrowed;
    if (beyond <= 0) {
      return wanted;
    }
    int lent = memory.take(beyond);
    borrowed += lent;
    return wanted - beyond + lent;
  }

  /** How many bytes were read and are not in the reply. */
  long dropped() {
    return dropped;
  }

  ExecSyncResponse response(int exitCode) {
    return ExecSyncResponse.newBuilder()
        .setStdout(stdout.toByteString())
        .setStderr(stderr.toByteString())
        .setExitCode(exitCode)
        .build();
  }

  @Override
  public void close() {
    memory.giveBack(borrowed);
    borrowed = 0;
  }
}
