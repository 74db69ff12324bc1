# Many pods on the node, and what the runtime needs for them, beside what containerd needs for as many. With MEMORY_FILE set what it
# needs is written there and compared with nothing: bench/density does that. Sourced; needs control-plane.sh, memory.sh.

DENSE=apis/apps/v1/namespaces/default/deployments/dense
DENSE_IMAGE=registry.k8s.io/e2e-test-images/busybox:1.29-2

# So many seconds after the last work a daemon has given back what it gives back: it looks after its heap every 20, malloc is trimmed every 30.
QUIET_SECONDS=${QUIET_SECONDS:-45}

dense_ready() { equal "$1" "$(api get "$DENSE" | jq -r '.status.readyReplicas // 0')"; }

# memory_of_containerd PODS : its memory_row for pods with the same container. They are made by crictl and nobody polls them, which favours it.
memory_of_containerd() (
  trap 'unmake_node >&2' EXIT
  RUNTIME_UNDER_TEST=containerd RUNTIME_PID='' REGISTRY_PID=''
  NODE=$(mktemp -d /tmp/crij.XXXXXX)
  furnish_node
  start_runtime || return 1
  cat >"$NODE/container.json" <<END
{"metadata": {"name": "sleeps"}, "image": {"image": "$DENSE_IMAGE"}, "command": ["sleep", "100000"], "log_path": "sleeps.log", "linux": {}}
END
  for pod in $(seq "$1"); do
    mkdir "$NODE/log/$pod"
    cat >"$NODE/pod-$pod.json" <<END
{"metadata": {"name": "dense-$pod", "namespace": "default", "uid": "dense-$pod", "attempt": 0}, "hostname": "dense-$pod",
 "log_directory": "$NODE/log/$pod", "linux": {}}
END
  done
  crictl pull "$DENSE_IMAGE" >&2 || return 1
  # More than the minute that is enough for a call elsewhere: a busy machine is no failure.
  seq "$1" | xargs -P 4 -I @ "$TOOLS/crictl" --config "$NODE/crictl.yaml" --timeout 300s run --no-pull "$NODE/container.json" "$NODE/pod-@.json" \
    >"$NODE/log/crictl" 2>&1 || { grep -v 'cgroup_parent is not set' "$NODE/log/crictl" | tail -5 >&2; return 1; }
  equal "$1" "$(crictl ps -q | wc -l)" >&2 && equal "$1" "$(monitors | wc -l)" >&2 && memory_row
)

with_containerd() { memory_of_containerd "$1" >"$NODE/containerd.memory"; }

# poll_pods : what looks after a node asks of the runtime, five times; kubelet asks all the while.
poll_pods() {
  local round what
  for round in $(seq 5); do
    for what in pods ps stats statsp images imagefsinfo; do crictl "$what" || return; done
  done >/dev/null
}

# quiet_since SECOND : waits until nobody but kubelet has asked anything for QUIET_SECONDS.
quiet_since() { [ $((SECONDS - $1)) -ge "$QUIET_SECONDS" ] || sleep $((QUIET_SECONDS - SECONDS + $1)); }

# measure_alone : writes the name of the runtime and its row to MEMORY_FILE.
measure_alone() {
  check "the runtime says what its pods are and use" poll_pods
  quiet_since "$SECONDS"
  { version_words; memory_row 10; } >"$MEMORY_FILE"
}

# measure_beside_containerd PODS
measure_beside_containerd() {
  local ours began=$SECONDS
  check "containerd runs as many" with_containerd "$1"
  quiet_since "$began"
  ours=$(memory_row)
  say
  print_memory "$1 pods, PSS in MiB"
  print_memory_row "$(version_words)" "$ours"
  print_memory_row "$(containerd --version | awk '{ print "containerd", $3 }')" "$(cat "$NODE/containerd.memory")"
  say
  check "the daemon and the processes of its pods need less memory than containerd's" needs_less "$ours" "$(cat "$NODE/containerd.memory")"
}

# try_density [PODS]
try_density() {
  local pods=${1:-40} there began=$SECONDS
  there=$(api get api/v1/namespaces/default/pods | jq '[.items[] | select(.status.phase == "Running")] | length')
  sed "s/@REPLICAS@/$((pods - there))/" "$CRIJ_HOME/critest/cluster/objects/dense.yaml" >"$NODE/dense.yaml"
  check "a Deployment fills the node up to $pods pods" api post apis/apps/v1/namespaces/default/deployments "$NODE/dense.yaml"
  check "all are Ready" within 400 dense_ready $((pods - there))
  say "      after $((SECONDS - began)) s"
  if [ -n "${MEMORY_FILE:-}" ]; then measure_alone; else measure_beside_containerd "$pods"; fi
  began=$SECONDS
  api delete "$DENSE" >/dev/null
  check "all are gone when it is deleted" within 200 no_dense_containers
  say "      after $((SECONDS - began)) s"
}

no_dense_containers() { [ -z "$(crictl ps -q --name sleeps)" ]; }
