package io.crij.helper;

import io.crij.core.ObjectId;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Connects to monitors over their control sockets. One thread carries the bytes of all pods; none of it waits. */
public final class MonitorSockets implements MonitorConnector, AutoCloseable {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("monitors", true), EpollIoHandler.newFactory());

  @Override
  public MonitorClient connect(ObjectId pod, Path runFolder) {
    return MonitorClient.connect(pod, runFolder.resolve("sock"), loop);
  }

  /** Ends every connection that is still open. Monitors stay. */
  @Override
  public void close() {
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
