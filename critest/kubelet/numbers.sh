# Limits in the kernel, quality of service, and what kubelet tells of usage. Sourced; needs kubelet.sh, life.sh.

start_numbers() { run_pods quality volumes; }

# cgroup_of CLASS POD CONTAINER : below a hierarchy; CLASS is "" for Guaranteed.
cgroup_of() { echo "$NODE_CGROUP/kubepods$1/pod$(of_pod "$2" .metadata.uid)/$(of_pod "$2" "$(container "$3") | .containerID" | sed 's,.*//,,')"; }

# in_kernel CLASS POD CONTAINER FILE... : what the files of its cgroup say, each named CONTROLLER/FILE or, of version 2, FILE.
in_kernel() {
  local cgroup file
  cgroup=$(cgroup_of "$1" "$2" "$3")
  shift 3
  for file in "$@"; do
    case $file in
      */*) cat "/sys/fs/cgroup/${file%/*}$cgroup/${file#*/}" ;;
      *) cat "/sys/fs/cgroup$cgroup/$file" ;;
    esac
  done | paste -sd ' '
}

# of_summary NAME FILTER : of the pod in /stats/summary.
of_summary() { kubelet_get stats/summary | jq -r --arg name "$1-$NODE_NAME" ".pods[] | select(.podRef.name == \$name) | $2"; }

# Of a loop that may use a fifth of a processor: on a busy machine it gets less, and a short look finds more.
WORKING='. > 40000000 and . < 260000000'

image_disk_has_size() { kubelet_get stats/summary | jq -e '.node.runtime.imageFs | .usedBytes > 1000000 and .capacityBytes > .usedBytes' >/dev/null; }

summary_has() { [ "$(of_summary "$1" "$2")" = true ]; }

try_numbers() {
  check "the pods run" within 90 all_ready quality volumes
  if [ "$CGROUP_VERSION" = 1 ]; then try_limits_v1; else try_limits_v2; fi
  check "the status has them as applied" within 90 pod_says quality "200m 64Mi" "$(container works) | .resources.limits | \"\\(.cpu) \\(.memory)\""
  check "usage of CPU: what the limit allows" within 90 summary_has quality ".containers[0].cpu.usageNanoCores | $WORKING"
  check "usage of memory: what it holds" within 90 summary_has quality '.containers[0].memory.workingSetBytes | . > 20000000 and . < 40000000'
  check "usage of disk: of a container's own files and its log" within 90 summary_has quality '.containers[0] | (.rootfs.usedBytes | . != null) and (.logs.usedBytes | . != null)'
  check "the node's image file system has a size" within 90 image_disk_has_size
  check "the metrics of resources tell the same" within 90 shows "container_memory_working_set_bytes{container=\"works\"" kubelet_get metrics/resource
}

try_limits_v1() {
  local files=(cpu/cpu.cfs_quota_us cpu/cpu.shares memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes)
  same "Guaranteed: CPU quota, shares, memory limit and no swap are in the kernel" "20000 204 67108864 67108864" "$(in_kernel "" quality works "${files[@]}")"
  same "Burstable: likewise, below its class" "25000 102 33554432 33554432" "$(in_kernel /burstable volumes reads "${files[@]}")"
}

# 204 shares are a weight of 29, 102 one of 17. The memory that is kept for a container is what it requested; 0.9 of the way from there to
# its limit it is slowed down. There is swap, but none for static pods, which kubelet takes for critical.
try_limits_v2() {
  local files=(cpu.max cpu.weight memory.max memory.min memory.low memory.high memory.swap.max)
  same "Guaranteed: CPU quota, weight, memory limit, reserve and no swap are in the kernel" "20000 100000 29 67108864 67108864 0 max 0" \
    "$(in_kernel "" quality works "${files[@]}")"
  same "Burstable: likewise, with a mark below its limit" "25000 100000 17 33554432 0 16777216 31875072 0" "$(in_kernel /burstable volumes reads "${files[@]}")"
}
