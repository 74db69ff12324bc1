package io.crij.nri.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The socket to one plugin with its two logical connections. Two threads of its own read and write, so that whoever sends waits
 * for nobody: one who does not read is cut off when his queue is full.
 */
final class Trunk implements Closeable {
  /** Where the plugin is called. */
  static final int PLUGIN_CONNECTION = 1;

  /** Where the plugin calls. */
  static final int RUNTIME_CONNECTION = 2;

  private static final int QUEUED_MESSAGES = 16;
  private static final int READ_BYTES = 64 << 10;

  /**
   * What a reader of containerd/ttrpc's takes in at one time before it knows the length of a message: a longer first piece
   * makes it give up, and so do more than 256 pieces that it has not read yet. So a message goes out as at most two.
   */
  private static final int FIRST_PIECE_BYTES = 4096;

  /** What is made of the messages; each method is called by the reading thread alone. */
  interface Receiver {
    void message(int connection, TtrpcFrame frame) throws BrokenProtocol;

    /** Nothing comes any more. Called once. */
    void ended(String why);
  }

  private record Outgoing(int connection, TtrpcFrame frame) {}

  private final SocketChannel channel;
  private final Receiver receiver;
  private final ThreadFactory threads;
  private final LinkedBlockingQueue<Outgoing> queue = new LinkedBlockingQueue<>(QUEUED_MESSAGES);
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Map<Integer, TtrpcDecoder> decoders = new ConcurrentHashMap<>();

  Trunk(SocketChannel channel, ThreadFactory threads, Receiver receiver) {
    this.channel = channel;
    this.receiver = receiver;
    this.threads = threads;
    decoders.put(PLUGIN_CONNECTION, new TtrpcDecoder());
    decoders.put(RUNTIME_CONNECTION, new TtrpcDecoder());
  }

  void start() {
    threads.newThread(this::read).start();
    threads.newThread(this::write).start();
  }

  /** @throws IOException if the connection has ended, or the other side reads nothing */
  void send(int connection, TtrpcFrame frame) throws IOException {
    if (ended.get()) {
      throw new IOException("the connection has ended");
    }
    if (!queue.offer(new Outgoing(connection, frame))) {
      end("it does not read what it is sent");
      throw new IOException("it does not read what it is sent");
    }
  }

  @Override
  public void close() {
    end("the connection was closed by the runtime");
  }

  private void read() {
    TrunkDecoder decoder =
        new TrunkDecoder(
            (connection, bytes) -> {
              TtrpcDecoder messages = decoders.get(connection);
              if (messages == null) {
                return; // a connection of a later version: nobody here listens to it
              }
              for (TtrpcFrame frame : messages.feed(bytes)) {
                receiver.message(connection, frame);
              }
            });
    ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
    try {
      while (channel.read(buffer.clear()) >= 0) {
        decoder.feed(buffer.flip());
      }
      end("it closed the connection");
    } catch (BrokenProtocol e) {
      end("it broke the protocol: " + e.getMessage());
    } catch (IOException e) {
      end("the connection broke: " + e.getMessage());
    }
  }

  private void write() {
    try {
      while (!ended.get()) {
        Outgoing next = queue.take();
        if (ended.get()) {
          return;
        }
        for (ByteBuffer piece : pieces(next.connection, next.frame)) {
          while (piece.hasRemaining()) {
            channel.write(piece);
          }
        }
      }
    } catch (IOException e) {
      end("the connection broke: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end("the connection was closed by the runtime");
    }
  }

  static Queue<ByteBuffer> pieces(int connection, TtrpcFrame frame) {
    byte[] message = frame.encode();
    Deque<ByteBuffer> pieces = new ArrayDeque<>();
    for (int from = 0; from < message.length; ) {
      int length = Math.min(from == 0 ? FIRST_PIECE_BYTES : message.length, message.length - from);
      ByteBuffer piece = ByteBuffer.allocate(TrunkDecoder.HEADER_BYTES + length);
      pieces.add(piece.putInt(connection).putInt(length).put(message, from, length).flip());
      from += length;
    }
    return pieces;
  }

  private void end(String why) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    // Wakes the writer, whether it waits for the queue or for the socket.
    queue.clear();
    queue.offer(new Outgoing(RUNTIME_CONNECTION, new TtrpcFrame(0, TtrpcFrame.Type.RESPONSE, new byte[0])));
    try {
      channel.close();
    } catch (IOException e) {
      // A socket that cannot be closed is gone as well.
    }
    receiver.ended(why);
  }
}
