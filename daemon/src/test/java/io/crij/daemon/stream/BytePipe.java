package io.crij.daemon.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;

/** Bytes from one thread to another, of which it holds a few, as a pipe of the kernel does. */
final class BytePipe implements ByteChannel {
  private final byte[] held = new byte[64 << 10];
  private int first;
  private int count;
  private boolean ended;
  private boolean broken;

  @Override
  public synchronized int read(ByteBuffer into) throws IOException {
    while (count == 0) {
      if (broken) {
        throw new ClosedChannelException();
      }
      if (ended) {
        return -1;
      }
      await();
    }
    int length = Math.min(into.remaining(), count);
    for (int i = 0; i < length; i++) {
      into.put(held[(first + i) % held.length]);
    }
    first = (first + length) % held.length;
    count -= length;
    notifyAll();
    return length;
  }

  @Override
  public synchronized int write(ByteBuffer from) throws IOException {
    int length = from.remaining();
    while (from.hasRemaining()) {
      while (count == held.length && !ended && !broken) {
        await();
      }
      if (ended || broken) {
        throw new ClosedChannelException();
      }
      held[(first + count++) % held.length] = from.get();
      notifyAll();
    }
    return length;
  }

  /** The end of what is written; what is held can be read. */
  @Override
  public synchronized void close() {
    ended = true;
    notifyAll();
  }

  synchronized void breakOff() {
    broken = true;
    count = 0;
    notifyAll();
  }

  @Override
  public synchronized boolean isOpen() {
    return !ended && !broken;
  }

  void writeAll(byte[] bytes) throws IOException {
    write(ByteBuffer.wrap(bytes));
  }

  byte[] readAll() throws IOException {
    byte[] all = new byte[0];
    ByteBuffer buffer = ByteBuffer.allocate(8 << 10);
    while (read(buffer.clear()) >= 0) {
      buffer.flip();
      int old = all.length;
      all = Arrays.copyOf(all, old + buffer.remaining());
      buffer.get(all, old, all.length - old);
    }
    return all;
  }

  private void await() {
    try {
      wait();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
