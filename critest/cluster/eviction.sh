# A full disk: pods go, and new ones are refused until there is room. Last, for it starts kubelet anew. Sourced; needs control-plane.sh.

try_eviction() {
  make_pod fills >/dev/null
  check "a pod that writes 50 MB runs" within 60 object_says fills true '.status.containerStatuses[0].ready'
  kill -KILL "$KUBELET_PID"; wait "$KUBELET_PID" 2>/dev/null || true
  sed -i 's/imagefs.available: 1%/imagefs.available: 99%/' "$NODE/kubelet.yaml"
  start_kubelet
  check "with a full disk it is evicted" within 90 object_says fills "Failed Evicted" '.status | "\(.phase) \(.reason)"'
  check "and told why" contains "low on resource: ephemeral-storage" "$(object fills .status.message)"
  check "the node says what is wrong" within 30 node_says True '.status.conditions[] | select(.type == "DiskPressure").status'
  kill -KILL "$KUBELET_PID"; wait "$KUBELET_PID" 2>/dev/null || true
  sed -i 's/imagefs.available: 99%/imagefs.available: 1%/' "$NODE/kubelet.yaml"
  start_kubelet
  check "and is well again when there is room" within 90 node_says False '.status.conditions[] | select(.type == "DiskPressure").status'
}
