package io.crij.critest.hostile;

import io.crij.cri.AuthConfig;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerMetadata;
import io.crij.cri.CreateContainerRequest;
import io.crij.cri.ImageServiceGrpc;
import io.crij.cri.ImageSpec;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.image.testing.ScriptedServer;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many clients and one image: rows R11 and R12. */
final class SharedPulls {
  private static final int CLIENTS = 100;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Counts a check. */
  interface Checks {
    void check(String words, HostileImages.Check check);
  }

  private final Node node;
  private final Checks checks;

  SharedPulls(Node node, Checks checks) {
    this.node = node;
    this.checks = checks;
  }

  void all() {
    checks.check("R11 a hundred clients pull one image and one leaves: one download", () -> crowd(1));
    checks.check("R11 a hundred clients pull one image and all but one leave: it is pulled", () -> crowd(CLIENTS - 1));
    checks.check("R11 a hundred clients pull one image and all leave: nothing stays", this::allLeave);
    checks.check("R12 an image is removed while it is pulled, again and again", this::removedWhilePulled);
    checks.check("R12 an image is removed while containers are made of it", this::removedWhileCreated);
  }

  /** A registry that sends half of the layer, and the rest when it is told. */
  private static final class Halting implements AutoCloseable {
    final HostileServer server = new HostileServer();
    final CountDownLatch half = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    final AtomicInteger downloads = new AtomicInteger();

    Halting(int seed) throws IOException {
      byte[] noise = new byte[1 << 20];
      new Random(seed).nextBytes(noise);
      HostileImage image = new HostileImage().gzip(new Tar().entry(Tar.FILE, "noise", "", 0644, noise).bytes());
      server.image("evil", "1", image);
      byte[] blob = image.layers().getFirst().blob();
      server.on(HostileServer.blobPath("evil", HostileImage.digest(blob)), (request, out) -> {
        downloads.incrementAndGet();
        out.write(ScriptedServer.latin("HTTP/1.1 200 OK\r\nContent-Length: " + blob.length + "\r\n\r\n"));
        out.write(blob, 0, blob.length / 2);
        out.flush();
        half.countDown();
        try {
          Scene.require(go.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "nobody said go");
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        out.write(blob, blob.length / 2, blob.length - blob.length / 2);
      });
    }

    String reference() {
      return server.host() + "/evil:1";
    }

    @Override
    public void close() throws IOException {
      go.countDown();
      server.close();
    }
  }

  private record Client(Context.CancellableContext context, Future<PullImageResponse> answer) {}

  private List<Client> clients(ExecutorService threads, String reference) {
    List<Client> clients = new ArrayList<>();
    PullImageRequest request = PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(reference)).build();
    for (int i = 0; i < CLIENTS; i++) {
      Context.CancellableContext context = Context.current().withCancellation();
      Future<PullImageResponse> answer =
          threads.submit(() -> context.call(() -> ImageServiceGrpc.newBlockingStub(node.channel()).withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS).pullImage(request)));
      clients.add(new Client(context, answer));
    }
    return clients;
  }

  private void crowd(int leaving) throws Exception {
    String before = node.store();
    try (Halting registry = new Halting(leaving); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Client> clients = clients(threads, registry.reference());
      Scene.require(registry.half.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "nobody asked for the layer");
      awaitServed(CLIENTS);
      clients.subList(0, leaving).forEach(client -> client.context.cancel(null));
      for (Client client : clients.subList(0, leaving)) {
        Scene.require(code(client) == Status.Code.CANCELLED, "one who left was not told so");
      }
      registry.go.countDown();
      for (Client client : clients.subList(leaving, CLIENTS)) {
        Scene.require(code(client) == Status.Code.OK, "one who stayed was told " + code(client));
      }
      Scene.require(registry.downloads.get() == 1, "the layer was downloaded " + registry.downloads.get() + " times");
      node.remove(registry.reference());
    }
    settled(before);
  }

  private void allLeave() throws Exception {
    String before = node.store();
    try (Halting registry = new Halting(1000); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Client> clients = clients(threads, registry.reference());
      Scene.require(registry.half.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "nobody asked for the layer");
      awaitServed(CLIENTS);
      clients.forEach(client -> client.context.cancel(null));
      for (Client client : clients) {
        Scene.require(code(client) == Status.Code.CANCELLED, "one who left was not told so");
      }
    }
    try (var partial = Files.list(node.folder("root/images/partial"))) {
      for (var file : partial.toList()) {
        Files.delete(file); // The half that came is kept for the next pull.
      }
    }
    settled(before);
  }

  /** A moment in which the daemon has taken in all calls: those before one that was answered on the same connection. */
  private void awaitServed(int calls) throws InterruptedException {
    for (int i = 0; i < calls / 10; i++) {
      node.imageCount();
    }
    TimeUnit.MILLISECONDS.sleep(300);
  }

  private static Status.Code code(Client client) throws Exception {
    try {
      client.answer.get();
      return Status.Code.OK;
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof StatusRuntimeException refused) {
        return refused.getStatus().getCode();
      }
      throw e;
    }
  }

  /** Each pull ends well, whatever is removed under it, and the last removal takes everything. */
  private void removedWhilePulled() throws Exception {
    String before = node.store();
    try (HostileServer server = new HostileServer().image("evil", "1", HostileImage.good("removed")); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      String reference = server.host() + "/evil:1";
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(threads.submit(() -> {
          for (int round = 0; round < 20; round++) {
            node.pull(reference, AuthConfig.getDefaultInstance(), LIMIT);
          }
        }));
        all.add(threads.submit(() -> {
          for (int round = 0; round < 20; round++) {
            node.remove(reference);
          }
        }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      node.remove(reference);
    }
    settled(before);
  }

  /** Each create works, or says that the image is not there; the layers of those that were made stay until they are removed. */
  private void removedWhileCreated() throws Exception {
    String before = node.store();
    PodSandboxConfig pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("removed").setNamespace("hostile").setUid("removed"))
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE))))
            .build();
    String id = node.runtime().runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build()).getPodSandboxId();
    try (HostileServer server = new HostileServer().image("evil", "1", HostileImage.good("created")); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      String reference = server.host() + "/evil:1";
      Future<?> remover = threads.submit(() -> {
        for (int round = 0; round < 40; round++) {
          node.remove(reference);
        }
      });
      int made = 0;
      for (int round = 0; round < 40; round++) {
        node.pull(reference, AuthConfig.getDefaultInstance(), LIMIT);
        made += create(id, pod, reference, round) ? 1 : 0;
      }
      remover.get();
      node.remove(reference);
      Scene.require(made > 0, "no container was made");
      Scene.require(!node.store().equals(before), "the layers went while containers stand on them");
    } finally {
      node.runtime().removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    }
    settled(before);
  }

  private boolean create(String pod, PodSandboxConfig config, String reference, int number) {
    ContainerConfig container =
        ContainerConfig.newBuilder().setMetadata(ContainerMetadata.newBuilder().setName("c" + number)).setImage(ImageSpec.newBuilder().setImage(reference)).build();
    try {
      node.runtime().createContainer(CreateContainerRequest.newBuilder().setPodSandboxId(pod).setConfig(container).setSandboxConfig(config).build());
      return true;
    } catch (StatusRuntimeException e) {
      Scene.require(e.getStatus().getCode() == Status.Code.NOT_FOUND, "a create was answered " + e.getStatus());
      return false;
    }
  }

  private void settled(String before) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!node.store().equals(before)) {
      Scene.require(System.nanoTime() < end, "the store was\n" + before + "and is\n" + node.store());
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
