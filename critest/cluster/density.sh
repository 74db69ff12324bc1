# Many pods on the node, and what the runtime needs for them, beside what another needs for as many: critest/run-cluster node density=110.
# Sourced; needs control-plane.sh.

DENSE=apis/apps/v1/namespaces/default/deployments/dense
DENSE_IMAGE=registry.k8s.io/e2e-test-images/busybox:1.29-2

# So many seconds after the last work a daemon has given back what it gives back: it looks after its heap every 20, malloc is trimmed every 30.
SETTLED_AFTER=45

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

# memory_row : "daemon, its pods' processes, both" in MiB, of the runtime under test.
memory_row() {
  local daemon pods
  daemon=$(memory_of "$RUNTIME_PID")
  # shellcheck disable=SC2046
  pods=$(memory_of $(monitors))
  echo "$daemon $pods $(awk -v a="$daemon" -v b="$pods" 'BEGIN { printf "%.1f", a + b }')"
}

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

# needs_less OURS THEIRS : the last numbers of two rows.
needs_less() { awk -v ours="${1##* }" -v theirs="${2##* }" 'BEGIN { exit !(ours > 0 && ours < theirs) }' || { say "ours: $1, theirs: $2"; return 1; }; }

print_row() { awk -v name="$1" -v row="$2" 'BEGIN { split(row, m, " "); printf "      | %-22s | %8s | %8s | %8s |\n", name, m[1], m[2], m[3] }'; }

# try_density [PODS]
try_density() {
  local pods=${1:-40} there began=$SECONDS ours theirs
  there=$(api get api/v1/namespaces/default/pods | jq '[.items[] | select(.status.phase == "Running")] | length')
  sed "s/@REPLICAS@/$((pods - there))/" "$CRIJ_HOME/critest/cluster/objects/dense.yaml" >"$NODE/dense.yaml"
  check "a Deployment fills the node up to $pods pods" api post apis/apps/v1/namespaces/default/deployments "$NODE/dense.yaml"
  check "all are Ready" within 400 dense_ready $((pods - there))
  say "      after $((SECONDS - began)) s"
  began=$SECONDS
  theirs=
  if [ "$RUNTIME_UNDER_TEST" = crij ]; then
    check "containerd runs as many" with_containerd "$pods"
    theirs=$(cat "$NODE/containerd.memory")
  fi
  [ $((SECONDS - began)) -ge $SETTLED_AFTER ] || sleep $((SETTLED_AFTER - SECONDS + began))
  ours=$(memory_row)
  say
  print_row "$pods pods, PSS in MiB" 'daemon pods both'
  say "      |------------------------|----------|----------|----------|"
  print_row "$(crictl version | sed -n 's/^Runtime\(Name\|Version\): *//p' | paste -sd ' ')" "$ours"
  [ -z "$theirs" ] || print_row "$(containerd --version | awk '{ print "containerd", $3 }')" "$theirs"
  say
  [ -z "$theirs" ] || check "the daemon and the processes of its pods need less memory than containerd's" needs_less "$ours" "$theirs"
  began=$SECONDS
  api delete "$DENSE" >/dev/null
  check "all are gone when it is deleted" within 200 no_dense_containers
  say "      after $((SECONDS - began)) s"
}

with_containerd() { memory_of_containerd "$1" >"$NODE/containerd.memory"; }

no_dense_containers() { [ -z "$(crictl ps -q --name sleeps)" ]; }
