# kubelet and the daemon are killed in loops under running pods; then the same pods under a kubelet that makes no cgroups, and under kubelet's
# alpha gates for runtimes; a network that comes late, and a disk that is full. Sourced; needs kubelet.sh, numbers.sh.

# What the pods of start_daemons must not notice.
UNDISTURBED=(terminal volumes quality ports)
on_user_mode_linux || UNDISTURBED+=(userns)

start_daemons() { run_pods "${UNDISTURBED[@]}"; }

try_daemons() {
  check "the pods run" within 90 all_ready "${UNDISTURBED[@]}"
  try_kills
  try_death_meanwhile
  try_missing_parent
  try_gates
  try_late_network
  try_full_disk
}

# Pod, container, id, pid and restarts of each. Containers of other pods may be removed meanwhile.
lives() {
  local id
  for id in $(crictl ps -q --label io.kubernetes.pod.namespace=default | sort); do
    crictl inspect "$id" 2>/dev/null | jq -r '[.status.labels["io.kubernetes.pod.name"], .status.metadata.name, .status.id, .info.pid, .status.metadata.attempt] | @tsv' || true
  done | grep -E "^($(IFS='|'; echo "${UNDISTURBED[*]}"))-"
}

kill_runtime() { kill -KILL "$RUNTIME_PID"; wait "$RUNTIME_PID" 2>/dev/null || true; }

try_kills() {
  local before round
  before=$(lives)
  for round in 1 2 3; do
    kill_kubelet
    start_kubelet
  done
  check "after three kills of kubelet the pods are Ready" within 90 all_ready "${UNDISTURBED[@]}"
  check "and are the same processes" within 30 gives "$before" lives
  for round in 1 2 3; do
    kill_runtime
    sleep "$round"
    start_runtime
  done
  check "after three kills of the daemon the pods are Ready" within 90 all_ready "${UNDISTURBED[@]}"
  check "and are the same processes" within 30 gives "$before" lives
  check "and exec works in them" within 90 in_pod terminal web true
}

try_death_meanwhile() {
  local pid
  pid=$(pid_of "$(of_pod terminal "$(container web) | .containerID" | sed 's,.*//,,')")
  kill_runtime
  kill -KILL "$pid"
  sleep 1
  start_runtime
  check "a container that died while there was no daemon is started again" within 90 pod_says terminal "true 137 Error" \
    "$(container web) | \"\\(.ready) \\(.lastState.terminated.exitCode) \\(.lastState.terminated.reason)\""
}

# A kubelet that is set so names no cgroup_parent.
try_missing_parent() {
  local before
  before=$(lives)
  kill_kubelet
  write_kubelet_config
  echo 'cgroupsPerQOS: false' >>"$NODE/kubelet.yaml"
  start_kubelet
  run_pods parentless
  check "without a cgroup from kubelet a pod runs" within 90 all_ready parentless
  check "in one of the runtime's" contains "/crij/" "$(cat "/proc/$(pid_of "$(of_pod parentless '.status.containerStatuses[0].containerID' | sed 's,.*//,,')")/cgroup")"
  check "the log says once that it is outside kubelet's limits, and what to set" said_by_runtime "names no cgroup_parent" 1
  kill_kubelet
  write_kubelet_config
  start_kubelet
  check "when kubelet makes them again all pods are Ready" within 90 all_ready "${UNDISTURBED[@]}" parentless
  check "and those from before are the same processes" within 30 gives "$before" lives
}

try_gates() {
  local before cadvisor
  # cAdvisor looks at a pod every ten seconds or so.
  check "kubelet's own figures of a pod's memory are there" within 90 summary_has quality '.memory.workingSetBytes > 15000000'
  cadvisor=$(of_summary quality .memory.workingSetBytes)
  before=$(lives)
  kill_kubelet
  write_kubelet_config "EventedPLEG: true, PodAndContainerStatsFromCRI: true, CRIListStreaming: true"
  start_kubelet
  check "with figures, lists and events from the runtime the pods are Ready" within 90 all_ready "${UNDISTURBED[@]}"
  check "and are the same processes" within 30 gives "$before" lives
  check "a pod's memory by the runtime is within 3 % of the $cadvisor by cAdvisor" within 90 near_in_memory "$cadvisor"
  check "usage of CPU is what the limit allows" within 90 summary_has quality ".cpu.usageNanoCores | $WORKING"
  check "the pod's network and processes are counted" within 90 gives "eth0 true 1" of_summary quality '"\(.network.name) \(.network.rxBytes > 0) \(.process_stats.process_count)"'
  check "cAdvisor's metrics come from the runtime" within 90 shows 'container_memory_working_set_bytes{container="works"' kubelet_get metrics/cadvisor
  if [ -e /proc/pressure ]; then try_pressure; else check "a kernel without pressure figures is user-mode-linux" on_user_mode_linux; fi
  try_events
  check "lists came by streams" within 90 streamed
  check "kubelet hears the runtime's events" within 90 shows "kubelet_evented_pleg_connection_success_count 1" kubelet_get metrics
}

near_in_memory() {
  local now
  now=$(of_summary quality .memory.workingSetBytes)
  say "by the runtime: $now"
  awk -v a="$1" -v b="$now" 'BEGIN { exit !(a - b < a * 0.03 && b - a < a * 0.03) }'
}

try_pressure() {
  check "waiting for a processor is told: by the container that is slowed down" within 90 summary_has quality '.containers[0].cpu.psi.some.total > 0'
  check "and waiting for memory and disks" within 90 summary_has quality '.containers[0] | .memory.psi.full != null and .io.psi.some != null'
}

# Without events kubelet would see it by its list, which it makes every five minutes then.
try_events() {
  local id killed seen
  id=$(of_pod terminal "$(container web) | .containerID" | sed 's,.*//,,')
  killed=$(date +%s%3N)
  kill -KILL "$(pid_of "$id")"
  check "a container that is killed is started anew" within 90 fails pod_says terminal "crij://$id" "$(container web) | .containerID"
  seen=$(date -d "$(sed -n "s/^[IWE][0-9]* \([0-9:.]*\) .*PLEG.*ContainerDied.*$id.*/\1/p" "$NODE/log/kubelet" | head -1)" +%s%3N)
  check "its death was seen before that, after $((seen - killed)) ms" test $((seen - killed)) -ge 0 -a $((seen - killed)) -lt 120000
}

streamed() { contains 'crij_rpc_total{rpc="StreamContainers",code="OK"' "$(curl -sS -f --noproxy '*' -m 10 "http://127.0.0.1:$METRICS_PORT/metrics" | tr -d ' ')"; }

try_late_network() {
  mv "$NODE/cni/net.d" "$NODE/cni/away"
  mkdir "$NODE/cni/net.d"
  check "without a network configuration the runtime says so" within 90 network_is_away
  # Which it says of the pods that are there; before it has heard it would try to start the new one.
  check "and kubelet hears it" within 90 kubelet_says "container runtime network not ready"
  run_pods late late-host
  check "a pod on the host's network starts all the same" within 90 all_ready late-host
  check "kubelet learns why the other waits" within 90 kubelet_says "NetworkReady=false reason:NetworkPluginNotReady message:The folder $NODE/cni/net.d holds no valid network"
  same "and it does wait" "" "$(of_pod late '.status.containerStatuses[]? | select(.ready) | .name')"
  mv "$NODE/cni/away/"* "$NODE/cni/net.d/"
  check "and starts when the configuration is there" within 90 all_ready late
  # Between the two folders there may have been none.
  check "the log tells once that there was no network" said_by_runtime "New pods wait for a network. The folder $NODE/cni/net.d" 2
  check "and once that there is one again" said_by_runtime "Pods can be connected to the network again." 1
}

network_is_away() { crictl info | jq -e '.status.conditions[] | select(.type == "NetworkReady") | .status == false' >/dev/null; }

# said_by_runtime WORDS MOST : at least once, and at most so often.
said_by_runtime() {
  local times
  times=$(grep -cF "$1" "$NODE/log/runtime")
  say "it is there $times times"
  [ "$times" -ge 1 ] && [ "$times" -le "$2" ]
}

try_full_disk() {
  run_pods evicted
  check "a pod on another image runs" within 90 all_ready evicted
  crictl pull registry.k8s.io/pause:3.9 >/dev/null
  kill_kubelet
  sed -i 's/imagefs.available: 1%/imagefs.available: 99%/' "$NODE/kubelet.yaml"
  start_kubelet
  check "with a full disk an image that nobody uses is removed" within 90 fails image_there registry.k8s.io/pause:3.9
  check "one in use stays" image_there registry.k8s.io/e2e-test-images/busybox:1.29-2
  # Static pods are never evicted: kubelet ranks them and goes on.
  check "the pod that wrote most would be the first to go" within 90 kubelet_says "pods ranked for eviction\" pods=[\"default/evicted-$NODE_NAME\""
}

image_there() { [ -n "$(crictl images -q "$1")" ]; }
