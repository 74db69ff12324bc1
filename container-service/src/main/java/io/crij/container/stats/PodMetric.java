package io.crij.container.stats;

import io.crij.cri.MetricDescriptor;
import io.crij.cri.MetricType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Every metric of ListPodSandboxMetrics: names and labels are those that cAdvisor gives to kubelet's
 * {@code /metrics/cadvisor}, so that dashboards find them. Times are whole seconds, since the CRI has no fractions.
 */
enum PodMetric {
  CONTAINER_CPU_USAGE_SECONDS_TOTAL(MetricType.COUNTER, "CPU time used, of all CPUs together.", "cpu"),
  CONTAINER_CPU_USER_SECONDS_TOTAL(MetricType.COUNTER, "CPU time used by programs."),
  CONTAINER_CPU_SYSTEM_SECONDS_TOTAL(MetricType.COUNTER, "CPU time used by the kernel on behalf of programs."),
  CONTAINER_CPU_CFS_PERIODS_TOTAL(MetricType.COUNTER, "Scheduling periods in which a CPU limit was in force."),
  CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL(MetricType.COUNTER, "Scheduling periods in which the CPU limit was reached."),
  CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL(MetricType.COUNTER, "Time that was spent waiting because the CPU limit was reached."),
  CONTAINER_MEMORY_USAGE_BYTES(MetricType.GAUGE, "Memory in use, page cache included."),
  CONTAINER_MEMORY_WORKING_SET_BYTES(MetricType.GAUGE, "Memory in use without file pages that were not touched for long."),
  CONTAINER_MEMORY_RSS(MetricType.GAUGE, "Anonymous memory in bytes."),
  CONTAINER_MEMORY_CACHE(MetricType.GAUGE, "Page cache in bytes."),
  CONTAINER_MEMORY_MAPPED_FILE(MetricType.GAUGE, "Page cache that processes have mapped, in bytes."),
  CONTAINER_MEMORY_SWAP(MetricType.GAUGE, "Swap in use, in bytes."),
  CONTAINER_MEMORY_KERNEL_USAGE(MetricType.GAUGE, "Memory of the kernel that is charged to the group, in bytes."),
  CONTAINER_MEMORY_MAX_USAGE_BYTES(MetricType.GAUGE, "The most memory that was in use at one time."),
  CONTAINER_MEMORY_FAILCNT(MetricType.COUNTER, "How often the memory limit was hit."),
  CONTAINER_MEMORY_FAILURES_TOTAL(MetricType.COUNTER, "Page faults.", "failure_type", "scope"),
  CONTAINER_OOM_EVENTS_TOTAL(MetricType.COUNTER, "Processes that the kernel killed for lack of memory."),
  CONTAINER_PRESSURE_CPU_WAITING_SECONDS_TOTAL(MetricType.COUNTER, "Time in which some task waited for a CPU."),
  CONTAINER_PRESSURE_CPU_STALLED_SECONDS_TOTAL(MetricType.COUNTER, "Time in which all tasks waited for a CPU."),
  CONTAINER_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL(MetricType.COUNTER, "Time in which some task waited for memory."),
  CONTAINER_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL(MetricType.COUNTER, "Time in which all tasks waited for memory."),
  CONTAINER_PRESSURE_IO_WAITING_SECONDS_TOTAL(MetricType.COUNTER, "Time in which some task waited for a block device."),
  CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL(MetricType.COUNTER, "Time in which all tasks waited for a block device."),
  CONTAINER_FS_USAGE_BYTES(MetricType.GAUGE, "What the container wrote, as it stands on disk.", "device"),
  CONTAINER_FS_LIMIT_BYTES(MetricType.GAUGE, "Size of the filesystem that the container writes to.", "device"),
  CONTAINER_FS_INODES_TOTAL(MetricType.GAUGE, "Inodes of the filesystem that the container writes to.", "device"),
  CONTAINER_FS_INODES_FREE(MetricType.GAUGE, "Free inodes of the filesystem that the container writes to.", "device"),
  CONTAINER_FS_READS_TOTAL(MetricType.COUNTER, "Reads that reached a block device.", "device"),
  CONTAINER_FS_READS_BYTES_TOTAL(MetricType.COUNTER, "Bytes read from a block device.", "device"),
  CONTAINER_FS_WRITES_TOTAL(MetricType.COUNTER, "Writes that reached a block device.", "device"),
  CONTAINER_FS_WRITES_BYTES_TOTAL(MetricType.COUNTER, "Bytes written to a block device.", "device"),
  CONTAINER_BLKIO_DEVICE_USAGE_TOTAL(MetricType.COUNTER, "Bytes to and from a block device.", "device", "major", "minor", "operation"),
  CONTAINER_HUGETLB_USAGE_BYTES(MetricType.GAUGE, "Huge pages in use.", "pagesize"),
  CONTAINER_HUGETLB_MAX_USAGE_BYTES(MetricType.GAUGE, "The most huge pages that were in use at one time.", "pagesize"),
  CONTAINER_PROCESSES(MetricType.GAUGE, "Processes now."),
  CONTAINER_THREADS(MetricType.GAUGE, "Threads of all processes now."),
  CONTAINER_THREADS_MAX(MetricType.GAUGE, "How many threads there may be; 0 for no limit."),
  CONTAINER_FILE_DESCRIPTORS(MetricType.GAUGE, "Open file descriptors of all processes."),
  CONTAINER_SOCKETS(MetricType.GAUGE, "Open sockets of all processes."),
  CONTAINER_ULIMITS_SOFT(MetricType.GAUGE, "Soft limits of the first process, where there are any.", "ulimit"),
  CONTAINER_START_TIME_SECONDS(MetricType.GAUGE, "When the container was started, in seconds since 1970."),
  CONTAINER_LAST_SEEN(MetricType.GAUGE, "When the container was last seen, in seconds since 1970."),
  CONTAINER_SPEC_CPU_PERIOD(MetricType.GAUGE, "Length of a scheduling period in microseconds."),
  CONTAINER_SPEC_CPU_QUOTA(MetricType.GAUGE, "CPU time per scheduling period in microseconds, where it is limited."),
  CONTAINER_SPEC_CPU_SHARES(MetricType.GAUGE, "Relative weight when CPUs are short."),
  CONTAINER_SPEC_MEMORY_LIMIT_BYTES(MetricType.GAUGE, "Memory limit; 0 for none."),
  CONTAINER_SPEC_MEMORY_SWAP_LIMIT_BYTES(MetricType.GAUGE, "Limit of memory and swap together; 0 for none."),
  CONTAINER_SPEC_MEMORY_RESERVATION_LIMIT_BYTES(MetricType.GAUGE, "Memory that is reclaimed last; 0 for none."),
  CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL(MetricType.COUNTER, "Bytes received.", "interface"),
  CONTAINER_NETWORK_RECEIVE_PACKETS_TOTAL(MetricType.COUNTER, "Packets received.", "interface"),
  CONTAINER_NETWORK_RECEIVE_PACKETS_DROPPED_TOTAL(MetricType.COUNTER, "Packets dropped while receiving.", "interface"),
  CONTAINER_NETWORK_RECEIVE_ERRORS_TOTAL(MetricType.COUNTER, "Errors while receiving.", "interface"),
  CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL(MetricType.COUNTER, "Bytes sent.", "interface"),
  CONTAINER_NETWORK_TRANSMIT_PACKETS_TOTAL(MetricType.COUNTER, "Packets sent.", "interface"),
  CONTAINER_NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL(MetricType.COUNTER, "Packets dropped while sending.", "interface"),
  CONTAINER_NETWORK_TRANSMIT_ERRORS_TOTAL(MetricType.COUNTER, "Errors while sending.", "interface");

  /** What says whose a sample is; the same for all. */
  static final List<String> SUBJECT_LABELS = List.of("id", "name", "image", "container", "pod", "namespace");

  private final MetricType type;
  private final String help;
  private final List<String> labels;

  PodMetric(MetricType type, String help, String... labels) {
    this.type = type;
    this.help = help;
    this.labels = List.of(labels);
  }

  String metricName() {
    return name().toLowerCase(Locale.ROOT);
  }

  MetricType type() {
    return type;
  }

  /** Those beside {@link #SUBJECT_LABELS}. */
  List<String> labels() {
    return labels;
  }

  MetricDescriptor descriptor() {
    List<String> keys = new ArrayList<>(SUBJECT_LABELS);
    keys.addAll(labels);
    return MetricDescriptor.newBuilder().setName(metricName()).setHelp(help).addAllLabelKeys(keys).build();
  }
}
