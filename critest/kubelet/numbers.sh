# Limits in the kernel, quality of service, and what kubelet tells of usage. Sourced; needs kubelet.sh, life.sh.

start_numbers() { run_pods quality volumes; }

# v1_file CONTROLLER FILE CLASS POD CONTAINER : what the container's cgroup says; CLASS is "" for Guaranteed.
v1_file() {
  local uid id
  uid=$(of_pod "$4" .metadata.uid)
  id=$(of_pod "$4" "$(container "$5") | .containerID" | sed 's,.*//,,')
  cat "/sys/fs/cgroup/$1$NODE_CGROUP/kubepods$3/pod$uid/$id/$2"
}

# of_summary NAME FILTER : of the pod in /stats/summary.
of_summary() { kubelet_get stats/summary | jq -r --arg name "$1-$NODE_NAME" ".pods[] | select(.podRef.name == \$name) | $2"; }

summary_has() { [ "$(of_summary "$1" "$2")" = true ]; }

try_numbers() {
  check "the pods run" within 90 pod_says quality true '.status.containerStatuses[0].ready'
  same "Guaranteed: CPU quota, shares and memory limit are in the kernel" "20000 204 67108864" \
    "$(v1_file cpu cpu.cfs_quota_us "" quality works) $(v1_file cpu cpu.shares "" quality works) $(v1_file memory memory.limit_in_bytes "" quality works)"
  same "Burstable: likewise, below its class" "25000 102 33554432" \
    "$(v1_file cpu cpu.cfs_quota_us /burstable volumes reads) $(v1_file cpu cpu.shares /burstable volumes reads) $(v1_file memory memory.limit_in_bytes /burstable volumes reads)"
  same "the status has them as applied" "200m 64Mi" "$(of_pod quality "$(container works) | .resources.limits | \"\\(.cpu) \\(.memory)\"")"
  check "usage of CPU: what the limit allows" within 90 summary_has quality '.containers[0].cpu.usageNanoCores | . > 120000000 and . < 260000000'
  check "usage of memory: what it holds" summary_has quality '.containers[0].memory.workingSetBytes | . > 20000000 and . < 40000000'
  check "usage of disk: of a container's own files and its log" summary_has quality '.containers[0] | (.rootfs.usedBytes | . != null) and (.logs.usedBytes | . != null)'
  check "the node's image file system has a size" contains true "$(kubelet_get stats/summary | jq '.node.runtime.imageFs | .usedBytes > 1000000 and .capacityBytes > .usedBytes')"
  check "the metrics of resources tell the same" contains "container_memory_working_set_bytes{container=\"works\"" "$(kubelet_get metrics/resource)"
}
