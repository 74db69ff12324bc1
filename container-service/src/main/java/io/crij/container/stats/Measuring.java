package io.crij.container.stats;

import io.crij.cgroups.Cgroups;
import io.crij.core.ObjectId;
import io.crij.helper.netlink.LinkCounters;
import io.crij.sandbox.PodView;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the calls on statistics share: made once by the daemon and given to each of them. */
public final class Measuring implements AutoCloseable {
  /** A whole list answers within this, whatever hangs. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What a call may wait for the first count of layers that nobody counted yet. */
  private static final Duration FIRST_COUNT = Duration.ofMillis(200);

  private final MeasuredNode node;
  private final Cgroups cgroups;
  private final Clock clock;
  private final BoundedReads reads;
  private final CpuRates rates = new CpuRates();
  private final WritableLayers layers;
  private final Path writableFolder;
  private final String filesystem;
  private final String device;
  private final Duration firstCount;
  private final Path proc;
  private final Function<PodView, Optional<List<LinkCounters>>> network;

  /**
   * @param writableFolder holds the writable layers of all containers
   * @param layerPeriod how old the count of a writable layer gets before it is renewed
   */
  public Measuring(MeasuredNode node, Cgroups cgroups, Path writableFolder, Duration layerPeriod, Clock clock) {
    this(node, cgroups, writableFolder, layerPeriod, FIRST_COUNT, clock, Path.of("/proc"), PodNetworkUse::of);
  }

  /** With other sources, for tests; those wait as long as it takes. */
  Measuring(
      MeasuredNode node,
      Cgroups cgroups,
      Path writableFolder,
      Duration layerPeriod,
      Duration firstCount,
      Clock clock,
      Path proc,
      Function<PodView, Optional<List<LinkCounters>>> network) {
    this.node = node;
    this.cgroups = cgroups;
    this.clock = clock;
    this.reads = new BoundedReads(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()), PATIENCE);
    this.layers = new WritableLayers(layerPeriod, clock);
    this.writableFolder = writableFolder;
    this.filesystem = WritableLayers.mountPoint(writableFolder);
    this.device = WritableLayers.device(writableFolder);
    this.firstCount = firstCount;
    this.proc = proc;
    this.network = network;
  }

  MeasuredNode node() {
    return node;
  }

  Cgroups cgroups() {
    return cgroups;
  }

  BoundedReads reads() {
    return reads;
  }

  CpuRates rates() {
    return rates;
  }

  WritableLayers layers() {
    return layers;
  }

  /** Holds the writable layers of all containers. */
  Path writableFolder() {
    return writableFolder;
  }

  /** Has layers counted whose counts are too old; waits a moment for those that nobody counted yet. */
  void countLayers(Collection<MeasuredContainer> containers) {
    layers.refresh(containers, firstCount);
  }

  /** Where the filesystem with the writable layers is mounted. */
  String filesystem() {
    return filesystem;
  }

  /** The device of that filesystem, as mount(8) names it. */
  String device() {
    return device;
  }

  /** Where proc(5) is. */
  Path proc() {
    return proc;
  }

  /** The interfaces of a pod but the loopback; empty with the node's network. */
  Optional<List<LinkCounters>> network(PodView pod) {
    return network.apply(pod);
  }

  /** Drops what is kept of containers and pods that are gone. */
  void forgetOthers(Collection<MeasuredContainer> containers) {
    Set<ObjectId> ids = containers.stream().map(MeasuredContainer::id).collect(Collectors.toSet());
    layers.keep(ids);
    Set<String> keys = ids.stream().map(ObjectId::hex).collect(Collectors.toSet());
    node.pods().forEach(pod -> keys.add(pod.id().hex()));
    rates.keep(keys);
  }

  /** Nanoseconds since the epoch. */
  long now() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public void close() {
    reads.close();
    layers.close();
  }
}
