package io.crij.image.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One request on a connection that others share: the connection's thread puts in what comes, the caller's takes it out. */
final class Http2Stream {
  /** How many bytes may wait for the caller: what we let the server send ahead. */
  static final int WINDOW = 256 << 10;

  private final int id;
  private final Http2Connection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private @Nullable HttpHeaders headers;
  private int waitingBytes;
  private int taken;
  private int read;
  private boolean ended;
  private @Nullable IOException failure;

  Http2Stream(int id, Http2Connection connection) {
    this.id = id;
    this.connection = connection;
  }

  int id() {
    return id;
  }

  void headed(HttpHeaders received, boolean end) {
    lock.lock();
    try {
      if (headers == null) {
        headers = received; // later ones are trailers
      }
      ended |= end;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void data(byte[] bytes, int flow, boolean end) throws HttpProtocolException {
    lock.lock();
    try {
      waitingBytes += flow;
      if (headers == null || ended || waitingBytes > WINDOW) {
        throw new HttpProtocolException("sends what it was not asked for");
      }
      if (bytes.length > 0) {
        waiting.add(bytes);
      }
      taken += flow - bytes.length; // padding is used up at once
      ended = end;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void failed(IOException why) {
    lock.lock();
    try {
      if (failure == null && !ended) {
        failure = why;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isEnded() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  HttpHeaders awaitHead() throws IOException {
    lock.lock();
    try {
      while (headers == null) {
        await();
      }
      return headers;
    } finally {
      lock.unlock();
    }
  }

  private void await() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (ended) {
      throw new EOFException("the server ended its answer before the body did");
    }
    try {
      changed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    }
  }

  /** @param watched told of waits, and the bytes that came */
  InputStream body(Watch.Exchange watched, long length) {
    return new InputStream() {
      private long left = length;

      @Override
      public int read(byte[] into, int from, int most) throws IOException {
        if (most == 0) {
          return 0;
        }
        int count = 0;
        watched.waits();
        try {
          count = take(into, from, most);
        } catch (IOException e) {
          throw watched.explain(e);
        } finally {
          watched.received(Math.max(count, 0));
        }
        if (count < 0 && left > 0) {
          throw new EOFException("the connection ended " + left + " bytes early");
        }
        left -= left > 0 ? Math.max(count, 0) : 0;
        return count;
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }
    };
  }

  private int take(byte[] into, int from, int most) throws IOException {
    int count;
    int update = 0;
    lock.lock();
    try {
      while (waiting.isEmpty()) {
        if (ended && failure == null) {
          return -1;
        }
        await();
      }
      byte[] first = waiting.getFirst();
      count = Math.min(most, first.length - read);
      System.arraycopy(first, read, into, from, count);
      read += count;
      if (read == first.length) {
        waiting.removeFirst();
        read = 0;
      }
      taken += count;
      if (taken >= WINDOW / 2 && !ended) {
        update = taken;
        waitingBytes -= taken;
        taken = 0;
      }
    } finally {
      lock.unlock();
    }
    if (update > 0) {
      connection.moreFor(id, update);
    }
    return count;
  }
}
