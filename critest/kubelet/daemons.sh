# kubelet and the daemon are killed in a loop under running pods; then the same pods under kubelet's alpha gates for runtimes, a
# network that comes late, and a disk that fills up. Sourced; needs kubelet.sh, life.sh, numbers.sh.

GATES="EventedPLEG: true, PodAndContainerStatsFromCRI: true, CRIListStreaming: true, ContainerStopSignals: true"

start_daemons() { run_pods terminal volumes quality ports userns; }

# Container ids, pids and restart counts of the pods that must not notice.
lives() {
  local id
  for id in $(crictl ps -q --label io.kubernetes.pod.namespace=default | sort); do
    crictl inspect "$id" | jq -r '[.status.labels["io.kubernetes.pod.name"], .status.metadata.name, .status.id, .info.pid, .status.metadata.attempt] | @tsv'
  done | grep -E '^(terminal|volumes|quality|ports|userns)-'
}

all_five_ready() { all_ready terminal volumes quality ports userns; }

try_daemons() {
  local before round
  check "the pods run" within 40 all_five_ready
  before=$(lives)
  for round in 1 2 3; do
    kill -KILL "$KUBELET_PID" && wait "$KUBELET_PID" 2>/dev/null || true
    start_kubelet
  done
  check "after three kills of kubelet the pods are Ready" within 60 all_five_ready
  same "and are the same processes" "$before" "$(lives)"
  for round in 1 2 3; do
    kill -KILL "$RUNTIME_PID" && wait "$RUNTIME_PID" 2>/dev/null || true
    sleep "$round"
    start_runtime
  done
  check "after three kills of the daemon the pods are Ready" within 60 all_five_ready
  same "and are the same processes" "$before" "$(lives)"
  check "and exec works in them" within 20 in_pod terminal web true
}
