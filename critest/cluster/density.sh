# 110 pods on the node, and what the runtime needs for them. By hand: critest/run-cluster node density. Sourced; needs control-plane.sh.

DENSE=apis/apps/v1/namespaces/default/deployments/dense

dense_ready() { equal "$1" "$(api get "$DENSE" | jq -r '.status.readyReplicas // 0')"; }

# memory_of PID... : their proportional share of memory together, in MiB.
memory_of() { local pid; for pid in "$@"; do cat "/proc/$pid/smaps_rollup" 2>/dev/null || true; done | awk '$1 == "Pss:" { sum += $2 } END { printf "%.1f\n", sum / 1024 }'; }

# The processes that are there for pods and outlive the daemon, of this run alone.
monitors() {
  case $RUNTIME_UNDER_TEST in
    crij) pgrep -f "^crij-pod monitor [0-9a-f]+ $NODE/" ;;
    containerd) pgrep -f "^/usr/bin/containerd-shim-runc-v2 .* -address $SOCKET" ;;
  esac
}

try_density() {
  local there began=$SECONDS
  there=$(api get api/v1/namespaces/default/pods | jq '[.items[] | select(.status.phase == "Running")] | length')
  sed "s/@REPLICAS@/$((110 - there))/" "$CRIJ_HOME/critest/cluster/objects/dense.yaml" >"$NODE/dense.yaml"
  check "a Deployment fills the node up to 110 pods" api post apis/apps/v1/namespaces/default/deployments "$NODE/dense.yaml"
  check "all are Ready" within 400 dense_ready $((110 - there))
  say "      after $((SECONDS - began)) s"
  sleep 10
  # shellcheck disable=SC2046
  say "      memory (PSS): daemon $(memory_of "$RUNTIME_PID") MiB, the processes of its $(monitors | wc -l) pods $(memory_of $(monitors)) MiB"
  began=$SECONDS
  api delete "$DENSE" >/dev/null
  check "all are gone when it is deleted" within 200 no_dense_containers
  say "      after $((SECONDS - began)) s"
}

no_dense_containers() { [ -z "$(crictl ps -q --name sleeps)" ]; }
