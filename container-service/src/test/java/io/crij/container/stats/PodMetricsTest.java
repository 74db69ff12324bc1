package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cri.ListMetricDescriptorsRequest;
import io.crij.cri.ListPodSandboxMetricsRequest;
import io.crij.cri.Metric;
import io.crij.cri.MetricDescriptor;
import io.crij.cri.PodSandboxMetrics;
import io.crij.helper.netlink.LinkCounters;
import io.crij.sandbox.PodView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodMetricsTest {
  @TempDir Path folder;
  private ScratchPods node;
  private Measuring measuring;
  private PodView pod;
  private MeasuredContainer container;

  @BeforeEach
  void makeNode() throws Exception {
    node = new ScratchPods(folder.resolve("node"));
    node.used("/pods/a", 10);
    node.used("/pods/a/one", 1);
    pod = node.pod("a", "/pods/a", true, Path.of("/netns"));
    container = node.container(pod, "one", true, folder);
    Path process = node.proc().resolve(Integer.toString(container.pid()));
    Files.createDirectories(process.resolve("fd"));
    Files.createSymbolicLink(process.resolve("fd/0"), Path.of("/dev/null"));
    Files.createSymbolicLink(process.resolve("fd/3"), Path.of("socket:[1234]"));
    Files.writeString(process.resolve("limits"), "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files     \n");
    measuring =
        new Measuring(
            node, node.cgroups(), folder, Duration.ofHours(1), Duration.ofMinutes(1), Clock.systemUTC(), node.proc(),
            asked -> Optional.of(List.of(new LinkCounters("eth0", 10, 20, 30, 40, 50, 60, 70, 80))));
  }

  @AfterEach
  void end() {
    measuring.close();
  }

  private static Map<String, MetricDescriptor> descriptors() {
    return new ListMetricDescriptors().run(ListMetricDescriptorsRequest.getDefaultInstance()).getDescriptorsList().stream()
        .collect(Collectors.toMap(MetricDescriptor::getName, Function.identity()));
  }

  private PodSandboxMetrics metrics() {
    List<PodSandboxMetrics> all = new ListPodSandboxMetrics(measuring).run(ListPodSandboxMetricsRequest.getDefaultInstance()).getPodMetricsList();
    assertThat(all).extracting(PodSandboxMetrics::getPodSandboxId).containsExactly(pod.id().hex());
    return all.getFirst();
  }

  private static Stream<Metric> samples(PodSandboxMetrics pod) {
    return Stream.concat(pod.getMetricsList().stream(), pod.getContainerMetricsList().stream().flatMap(of -> of.getMetricsList().stream()));
  }

  private static long value(List<Metric> metrics, PodMetric metric, String... lastLabels) {
    return metrics.stream()
        .filter(sample -> sample.getName().equals(metric.metricName()))
        .filter(sample -> sample.getLabelValuesList().subList(6, sample.getLabelValuesCount()).equals(List.of(lastLabels)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no sample of " + metric + Arrays.toString(lastLabels)))
        .getValue()
        .getValue();
  }

  /** Names, types and labels are what dashboards are made of: a change of this file breaks them. */
  @Test
  void namesTypesAndLabelsAreThoseOfTheGoldenFile() throws Exception {
    String golden;
    try (var file = PodMetricsTest.class.getResourceAsStream("/pod-metrics.txt")) {
      golden = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    }
    String now =
        Arrays.stream(PodMetric.values())
            .map(metric -> metric.metricName() + " " + metric.type() + " " + String.join(",", metric.descriptor().getLabelKeysList()))
            .sorted()
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(now).isEqualTo(golden);
    assertThat(descriptors().values()).allSatisfy(descriptor -> assertThat(descriptor.getHelp()).endsWith("."));
  }

  @Test
  void everySampleIsDescribedAndEveryDescriptorHasASample() {
    Map<String, MetricDescriptor> descriptors = descriptors();
    PodSandboxMetrics metrics = metrics();
    samples(metrics)
        .forEach(
            sample -> {
              MetricDescriptor descriptor = descriptors.get(sample.getName());
              assertThat(descriptor).as(sample.getName()).isNotNull();
              assertThat(sample.getLabelValuesList()).as(sample.getName()).hasSize(Objects.requireNonNull(descriptor).getLabelKeysCount());
            });
    TreeSet<String> without = new TreeSet<>(descriptors.keySet());
    samples(metrics).forEach(sample -> without.remove(sample.getName()));
    assertThat(without).as("version 2 does not count it").containsExactly("container_hugetlb_max_usage_bytes");
  }

  @Test
  void samplesSayWhoseTheyAre() {
    PodSandboxMetrics metrics = metrics();
    assertThat(metrics.getMetricsList())
        .allSatisfy(sample -> assertThat(sample.getLabelValuesList()).startsWith("/pods/a", pod.id().hex(), "", "", "a", "ns"));
    assertThat(metrics.getContainerMetricsList()).hasSize(1);
    assertThat(metrics.getContainerMetrics(0).getContainerId()).isEqualTo(container.id().hex());
    assertThat(metrics.getContainerMetrics(0).getMetricsList())
        .allSatisfy(
            sample ->
                assertThat(sample.getLabelValuesList())
                    .startsWith("/pods/a/one", container.id().hex(), "registry.example/app:1", "one", "a", "ns"));
  }

  @Test
  void valuesAreWhatTheKernelSays() {
    List<Metric> pods = metrics().getMetricsList();
    assertThat(value(pods, PodMetric.CONTAINER_CPU_USAGE_SECONDS_TOTAL, "total")).isEqualTo(70);
    assertThat(value(pods, PodMetric.CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL, "eth0")).isEqualTo(10);
    assertThat(value(pods, PodMetric.CONTAINER_NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL, "eth0")).isEqualTo(80);
    List<Metric> own = metrics().getContainerMetrics(0).getMetricsList();
    assertThat(value(own, PodMetric.CONTAINER_CPU_USER_SECONDS_TOTAL)).isEqualTo(4);
    assertThat(value(own, PodMetric.CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL)).isEqualTo(5);
    assertThat(value(own, PodMetric.CONTAINER_MEMORY_WORKING_SET_BYTES)).isEqualTo(600);
    assertThat(value(own, PodMetric.CONTAINER_MEMORY_FAILCNT)).isEqualTo(6);
    assertThat(value(own, PodMetric.CONTAINER_OOM_EVENTS_TOTAL)).isEqualTo(2);
    assertThat(value(own, PodMetric.CONTAINER_MEMORY_FAILURES_TOTAL, "pgmajfault", "hierarchy")).isEqualTo(3);
    assertThat(value(own, PodMetric.CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL)).isEqualTo(2);
    assertThat(value(own, PodMetric.CONTAINER_BLKIO_DEVICE_USAGE_TOTAL, "", "7", "200", "Write")).isEqualTo(20);
    assertThat(value(own, PodMetric.CONTAINER_HUGETLB_USAGE_BYTES, "2MB")).isEqualTo(2 << 20);
    assertThat(value(own, PodMetric.CONTAINER_PROCESSES)).isEqualTo(1);
    assertThat(value(own, PodMetric.CONTAINER_THREADS)).isEqualTo(3);
    assertThat(value(own, PodMetric.CONTAINER_THREADS_MAX)).as("no limit").isZero();
    assertThat(value(own, PodMetric.CONTAINER_FILE_DESCRIPTORS)).isEqualTo(2);
    assertThat(value(own, PodMetric.CONTAINER_SOCKETS)).isEqualTo(1);
    assertThat(value(own, PodMetric.CONTAINER_ULIMITS_SOFT, "max_open_files")).isEqualTo(1024);
    assertThat(value(own, PodMetric.CONTAINER_SPEC_CPU_SHARES)).as("as asked for").isEqualTo(1024);
    assertThat(value(own, PodMetric.CONTAINER_SPEC_CPU_QUOTA)).isEqualTo(20_000);
    assertThat(value(own, PodMetric.CONTAINER_SPEC_MEMORY_SWAP_LIMIT_BYTES)).isEqualTo(4100);
    assertThat(value(own, PodMetric.CONTAINER_SPEC_MEMORY_RESERVATION_LIMIT_BYTES)).isEqualTo(50);
    assertThat(value(own, PodMetric.CONTAINER_START_TIME_SECONDS)).isEqualTo(1_700_000_000);
  }

  @Test
  void whatEndedMeanwhileIsLeftOut() {
    node.container(pod, "vanished", true, folder);
    node.container(pod, "ended", false, folder);
    node.pod("stopped", "/pods/s", false, null);
    assertThat(metrics().getContainerMetricsList()).hasSize(1);
  }
}
