package io.crij.daemon.stream;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The JDK's own WebSocket client, with Kubernetes' channels. */
final class WebSocketClient implements Closeable, WebSocket.Listener {
  private final HttpClient http = HttpClient.newHttpClient();
  final WebSocket socket;
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final Map<Integer, ByteArrayOutputStream> channels = new ConcurrentHashMap<>();
  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

  WebSocketClient(String url, String... protocols) throws Exception {
    WebSocket.Builder builder = http.newWebSocketBuilder();
    if (protocols.length > 0) {
      String[] others = Arrays.copyOfRange(protocols, 1, protocols.length);
      builder.subprotocols(protocols[0], others);
    }
    socket = builder.buildAsync(URI.create(url.replaceFirst("http", "ws")), this).get(20, TimeUnit.SECONDS);
  }

  void send(int channel, String bytes) throws Exception {
    byte[] plain = bytes.getBytes(StandardCharsets.UTF_8);
    ByteBuffer message = ByteBuffer.allocate(1 + plain.length).put((byte) channel).put(plain).flip();
    socket.sendBinary(message, true).get(20, TimeUnit.SECONDS);
  }

  @Override
  public synchronized @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    while (data.hasRemaining()) {
      binary.write(data.get());
    }
    if (last) {
      byte[] message = binary.toByteArray();
      binary.reset();
      channel(message[0]).write(message, 1, message.length - 1);
      notifyAll();
    }
    from.request(1);
    return null;
  }

  @Override
  public synchronized @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      channel(text.charAt(0) - '0').writeBytes(Base64.getDecoder().decode(text.substring(1)));
      text.setLength(0);
      notifyAll();
    }
    from.request(1);
    return null;
  }

  private ByteArrayOutputStream channel(int number) {
    return channels.computeIfAbsent(number, any -> new ByteArrayOutputStream());
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    closed.complete(status);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }

  synchronized byte[] bytes(int channel) {
    return channel(channel).toByteArray();
  }

  String text(int channel) {
    return new String(bytes(channel), StandardCharsets.UTF_8);
  }

  /** Waits until the channel has brought so many bytes. */
  synchronized void await(int channel, int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (channel(channel).size() < count) {
      if (System.nanoTime() > end) {
        throw new AssertionError("channel " + channel + " has brought only " + channel(channel).size() + " bytes");
      }
      wait(100);
    }
  }

  /** The status with which the server closed. */
  int status() throws Exception {
    try {
      return closed.get(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("the server did not close", e);
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }
}
