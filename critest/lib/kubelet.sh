# A real kubelet without an API server, over the node of node.sh: it runs what lies in $NODE/pods. Sourced; needs checks.sh, node.sh, tools.sh.
#
# kubelet has fixed folders and sets sysctls of the whole machine. So the run stands in a mount namespace of its own, with its own
# folders over kubelet's, and copies over the files of the sysctls.

NODE_NAME=crij-node
CGROUP_VERSION=$([ -e /sys/fs/cgroup/cgroup.controllers ] && echo 2 || echo 1)
# What its kernel cannot do is in critest/uml/KNOWN.md.
on_user_mode_linux() { grep -q 'User Mode Linux' /proc/cpuinfo; }
# Of a kubelet with no API server; a cluster has others.
KUBELET_ADDRESS=127.0.0.1
KUBELET_FLAGS=()
KUBELET_VERSION=$(awk '$1 == "k8s.io/kubernetes" { print $2 } $2 == "k8s.io/kubernetes" { print $3 }' "$CRIJ_HOME/critest/kubelet/go.mod" | head -1)

# kubelet, the client of kubelet's server, what answers a gRPC probe and UDP, and what announces a shutdown, all from the module that critest/kubelet/go.mod pins.
need_kubelet() { alone tools make_kubelet_binaries; }

make_kubelet_binaries() {
  local go stamp=$TOOLS/kubelet.stamp
  [ -e "$stamp" ] && [ -z "$(find "$CRIJ_HOME/critest/kubelet" -newer "$stamp" \( -name '*.go' -o -name 'go.*' \))" ] && return 0
  go=$(find_go) || go=$(fetch_go)
  mkdir -p "$TOOLS"
  say "building kubelet $KUBELET_VERSION"
  build_kubernetes "$go" k8s.io/kubernetes/cmd/kubelet ./kubelet-client ./grpc-health ./udp-echo ./collector ./logind
  touch "$stamp"
}

build_kubernetes() {
  local go=$1
  shift
  (
    cd "$CRIJ_HOME/critest/kubelet"
    export CGO_ENABLED=0
    "$go" build -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$KUBELET_VERSION" -o "$TOOLS/" "$@"
  )
}

# own_mounts COMMAND... : replaces this process by the command in a mount namespace of its own whose mounts are shared among those in it.
own_mounts() { exec unshare --mount --propagation private bash -c 'mount --make-rshared / && exec "$0" "$@"' "$@"; }

# make_kubelet : after make_node; sets KUBELET_PORT, HOST_PORT (it and the next are free) and NODE_CGROUP (a path below each hierarchy).
make_kubelet() {
  local folder sysctl
  KUBELET_PORT=$(free_ports 1)
  HOST_PORT=$(free_ports 2)
  NODE_CGROUP=/kubelet-$KUBELET_PORT
  mkdir -p "$NODE"/{pods,var/lib/kubelet,var/log/pods,var/log/containers,sysctl}
  for folder in /var/lib/kubelet /var/log/pods /var/log/containers; do
    mkdir -p "$folder"
    mount --bind "$NODE$folder" "$folder"
    mount --make-rshared "$folder"
  done
  for sysctl in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    mkdir -p "$NODE/sysctl/${sysctl%/*}"
    cat "/proc/sys/$sysctl" >"$NODE/sysctl/$sysctl"
    mount --bind "$NODE/sysctl/$sysctl" "/proc/sys/$sysctl"
  done
  node_cgroups | while read -r folder; do
    mkdir -p "$folder"
    # v1: a cpuset without CPUs takes no process.
    for sysctl in cpuset.cpus cpuset.mems; do
      if [ -e "$folder/$sysctl" ] && [ -e "${folder%/*}/cgroup.clone_children" ]; then cat "${folder%/*}/$sysctl" >"$folder/$sysctl"; fi
    done
  done
  printf 'nameserver 127.0.0.1\n' >"$NODE/resolv.conf"
}

# free_ports N : the first of N that nobody listens on, below those that the kernel gives to clients.
free_ports() {
  local port
  while port=$((RANDOM % 12000 + 20000)); do
    [ -n "$(ss -Htln "sport >= $port and sport < $((port + $1))")" ] || { echo "$port"; return; }
  done
}

# The folder of this node in each cgroup hierarchy.
node_cgroups() { awk -v dir="$NODE_CGROUP" '{ for (i = 7; i <= NF; i++) if ($i == "-" && $(i + 1) ~ /^cgroup2?$/) print $5 dir }' /proc/self/mountinfo; }

# Where a start takes seconds a container would never be seen to wait for it.
restart_pause() { if on_user_mode_linux; then echo 10s; else echo 3s; fi; }

# write_kubelet_config [GATE...] : a gate is named as "Name: true".
write_kubelet_config() {
  cat >"$NODE/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$SOCKET
staticPodPath: $NODE/pods
address: 127.0.0.1
port: $KUBELET_PORT
readOnlyPort: 0
healthzPort: 0
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
failCgroupV1: false
failSwapOn: false
# Not the runtime's: kubelet takes what that says.
cgroupDriver: systemd
cgroupRoot: $NODE_CGROUP
enforceNodeAllocatable: []
makeIPTablesUtilChains: false
oomScoreAdj: 0
resolvConf: $NODE/resolv.conf
volumePluginDir: /var/lib/kubelet/volume-plugins
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%, imagefs.inodesFree: 1%}
imageMinimumGCAge: 1s
containerLogMaxSize: 64Ki
containerLogMaxFiles: 3
containerLogMonitorInterval: 3s
crashLoopBackOff: {maxContainerRestartPeriod: $(restart_pause)}
END
  if [ "$CGROUP_VERSION" = 2 ]; then
    set -- "MemoryQoS: true" "$@"
    printf 'memoryReservationPolicy: TieredReservation\nmemorySwap: {swapBehavior: LimitedSwap}\n' >>"$NODE/kubelet.yaml"
  fi
  printf 'featureGates: {%s}\n' "$(IFS=,; echo "$*")" >>"$NODE/kubelet.yaml"
  [ -z "${TRACES_PORT:-}" ] || echo "tracing: {endpoint: \"127.0.0.1:$TRACES_PORT\", samplingRatePerMillion: 1000000}" >>"$NODE/kubelet.yaml"
}

# start_kubelet : returns when it answers; sets KUBELET_PID.
start_kubelet() {
  "$TOOLS/kubelet" --config "$NODE/kubelet.yaml" --hostname-override "$NODE_NAME" --cert-dir "$NODE/pki" --v 2 "${KUBELET_FLAGS[@]}" \
    </dev/null >>"$NODE/log/kubelet" 2>&1 &
  KUBELET_PID=$!
  within 60 kubelet_answers || { tail -20 "$NODE/log/kubelet" >&2; say "kubelet did not start; the above are its last lines" >&2; return 1; }
}

kill_kubelet() { kill -KILL "$KUBELET_PID"; wait "$KUBELET_PID" 2>/dev/null || true; }

kubelet_answers() { kill -0 "$KUBELET_PID" && [ "$(kubelet_get healthz)" = ok ]; }

# kubelet_get PATH
kubelet_get() { curl -sS -f -k --noproxy '*' -m 60 "https://$KUBELET_ADDRESS:$KUBELET_PORT/$1"; }

# kubelet_client COMMAND ARGUMENTS... : exec, attach and port-forward through kubelet's server.
kubelet_client() { "$TOOLS/kubelet-client" --server "https://$KUBELET_ADDRESS:$KUBELET_PORT" "$@"; }

# of_pod NAME FILTER : what the jq filter says of the pod as kubelet's API shows it; '.' is the pod.
of_pod() { kubelet_get pods | jq -r --arg name "$1-$NODE_NAME" ".items[] | select(.metadata.name == \$name) | $2"; }

# pod_says NAME WANTED FILTER : for within.
pod_says() { equal "$2" "$(of_pod "$1" "$3")"; }

# all_ready NAME... : every container of these pods.
all_ready() { local pod; for pod in "$@"; do pod_says "$pod" true '[.status.containerStatuses[].ready] | all' || return 1; done; }

# container NAME : a filter for the status of a container of a pod, init containers too.
container() { echo ".status | [.initContainerStatuses[]?, .containerStatuses[]?][] | select(.name == \"$1\")"; }

# in_pod NAME CONTAINER COMMAND... : its output, by exec through kubelet.
in_pod() { local pod=$1 container=$2; shift 2; kubelet_client exec "$pod-$NODE_NAME" "$container" -- "$@"; }

# pid_of CONTAINER : by its id.
pid_of() { crictl inspect "$1" | jq -r .info.pid; }

# cgroup_of_container ID CONTROLLER : its folder; of version 2 there is but one.
cgroup_of_container() {
  local hierarchy=/$2
  [ "$CGROUP_VERSION" = 1 ] || hierarchy=
  find "/sys/fs/cgroup$hierarchy$NODE_CGROUP" -type d -name "$1"
}

# run_pods NAME... : hands the pods of critest/kubelet/pods to kubelet, with the words between @ put in. Once is enough for each.
run_pods() {
  local name
  for name in "$@"; do
    [ ! -e "$NODE/pods/$name.yaml" ] || continue
    sed -e "s,@NODE@,$NODE,g" -e "s,@TOOLS@,$TOOLS,g" -e "s,@HOST_PORT@,$HOST_PORT,g" "$CRIJ_HOME/critest/kubelet/pods/$name.yaml" >"$NODE/pods/.$name"
    mv "$NODE/pods/.$name" "$NODE/pods/$name.yaml"
  done
}

end_pod() { rm "$NODE/pods/$1.yaml"; }

# end_all_pods : and waits until kubelet knows none any more.
end_all_pods() { rm -f "$NODE/pods/"*.yaml && within 120 no_pods; }
no_pods() { equal 0 "$(kubelet_get pods | jq '.items // [] | length')" && equal "" "$(crictl ps -q)"; }

# kubelet_says WORDS : in its log since it was started last.
kubelet_says() {
  WORDS=$1 awk '/FLAG: --config=/ { said = 0 } index($0, ENVIRON["WORDS"]) { said = 1 } END { exit !said }' "$NODE/log/kubelet"
}

# keep_logs STAGE NAME... : of this node, for whoever looks why a stage failed.
keep_logs() {
  local stage=$1 log
  shift
  [ -n "${STAGE_DIR:-}" ] && [ -n "${NODE:-}" ] || return 0
  for log in "$@"; do cp "$NODE/log/$log" "$STAGE_DIR/$stage-$log.log" 2>/dev/null || true; done
}

# unmake_kubelet : its pods first, while there is a kubelet to end them.
unmake_kubelet() {
  local folder
  [ -z "${KUBELET_PID:-}" ] || stop_process "$KUBELET_PID"
  KUBELET_PID=
  [ -z "${NODE:-}" ] || [ -z "${RUNTIME_PID:-}" ] || crictl rmp -fa >/dev/null 2>&1 || true
  # The kernel ends a cgroup that was just emptied a moment later.
  [ -z "${NODE_CGROUP:-}" ] || node_cgroups | while read -r folder; do
    [ ! -d "$folder" ] || within 5 remove_cgroup "$folder" || true
  done
}

remove_cgroup() { find "$1" -depth -type d -exec rmdir {} + && [ ! -d "$1" ]; }
