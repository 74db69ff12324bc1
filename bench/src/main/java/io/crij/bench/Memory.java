package io.crij.bench;

import io.crij.cri.ImageServiceGrpc;
import io.crij.cri.ImageSpec;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.ListContainersRequest;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.StatusRequest;
import io.crij.cri.StopPodSandboxRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prints what an idle pod costs and what the daemon holds after many calls: {@code Memory SOCKET DAEMON_PID CALLS}. The pod
 * uses the host's network, so that no plugin is needed. Private memory is Private_Clean + Private_Dirty of smaps_rollup.
 */
public final class Memory {
  private static final Pattern MONITOR_PID = Pattern.compile("\"(?:monitorPid|pid)\"\\s*:\\s*(\\d+)");

  private Memory() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 3) {
      System.err.println("usage: Memory SOCKET DAEMON_PID CALLS");
      System.exit(2);
    }
    long daemon = Long.parseLong(args[1]);
    int calls = Integer.parseInt(args[2]);
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(args[0]))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    try {
      var runtime = RuntimeServiceGrpc.newBlockingStub(channel);
      var images = ImageServiceGrpc.newBlockingStub(channel);
      String pod =
          runtime.runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(idlePod()).build()).getPodSandboxId();
      try {
        long monitor = monitorOf(runtime, pod);
        System.out.printf("monitor of an idle pod: %d KiB private, %d KiB resident%n",
            sumKib(monitor, "Private_Clean", "Private_Dirty"), sumKib(monitor, "Rss"));
        System.out.printf("daemon after start:     %d KiB resident%n", sumKib(daemon, "Rss"));
        for (int i = 0; i < calls; i++) {
          switch (i % 5) {
            case 0 -> runtime.status(StatusRequest.getDefaultInstance());
            case 1 -> runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
            case 2 -> runtime.listContainers(ListContainersRequest.getDefaultInstance());
            case 3 -> runtime.podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build());
            default -> images.imageStatus(
                ImageStatusRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage("none:latest")).build());
          }
        }
        System.out.printf("daemon after %d calls: %d KiB resident%n", calls, sumKib(daemon, "Rss"));
      } finally {
        runtime.stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        runtime.removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
      }
    } finally {
      channel.shutdownNow();
      loops.shutdownGracefully();
    }
  }

  private static PodSandboxConfig idlePod() {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("idle").setNamespace("bench").setUid("bench-memory"))
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder()
                                .setNetwork(NamespaceMode.NODE)
                                .setPid(NamespaceMode.CONTAINER))))
        .build();
  }

  private static long monitorOf(RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime, String pod) {
    var info =
        runtime
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).setVerbose(true).build())
            .getInfoMap();
    Matcher matcher = MONITOR_PID.matcher(info.getOrDefault("info", ""));
    if (!matcher.find()) {
      throw new IllegalStateException("the verbose info of pod " + pod + " names no monitor pid: " + info);
    }
    return Long.parseLong(matcher.group(1));
  }

  private static long sumKib(long pid, String... keys) throws IOException {
    long sum = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      for (String key : keys) {
        if (line.startsWith(key + ":")) {
          sum += Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    }
    return sum;
  }
}
