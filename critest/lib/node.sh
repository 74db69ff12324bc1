# A node of our own for one test run: registry, CNI, mirrors and a runtime, all in one scratch folder with names that no
# other run has. Sourced; needs say.sh, needs.sh, registry.sh, tools.sh.

IMAGE_STORE=$CRIJ_HOME/build/images
CRIJ=$CRIJ_HOME/build/crij/bin/crij
RUNTIME_UNDER_TEST=${RUNTIME_UNDER_TEST:-crij}

need_images() { alone images make_images suite "$IMAGE_STORE"; }

# The images that the pods of deploy/examples name.
need_example_images() { alone images make_images examples "$IMAGE_STORE-of-examples"; }

make_images() {
  [ -d "$2/refs" ] && [ -z "$(find "$CRIJ_HOME/critest/images" -newer "$2/refs" -type f)" ] && return 0
  say "making the images of the $1 from Debian's packages"
  bash "$CRIJ_HOME/critest/images/make" "$2" "$1"
}

# make_node : sets NODE (folder), BRIDGE, SUBNET, SOCKET; starts the registry and fills it.
make_node() {
  NODE=$(mktemp -d /tmp/crij.XXXXXX)
  BRIDGE=
  start_registry "$NODE/registry"
  push_images "$IMAGE_STORE"
  furnish_node
}

# furnish_node : all of it but the folder and the registry, which another node may share.
furnish_node() {
  BRIDGE=crij$((RANDOM % 9000 + 1000))
  SUBNET=10.$((RANDOM % 50 + 200)).$((RANDOM % 250 + 1))
  SOCKET=$NODE/run/crij.sock
  CNI_BIN=${CNI_BIN:-/usr/lib/cni}
  mkdir -p "$NODE"/{root,run,cni/net.d,cni/leases,hosts,log}
  write_cni_config
  write_mirrors
  write_runtime_config
  cat >"$NODE/crictl.yaml" <<END
runtime-endpoint: unix://$SOCKET
image-endpoint: unix://$SOCKET
timeout: 60
END
}

# No masquerading: the pods talk to this host only. portmap serves host ports.
write_cni_config() {
  cat >"$NODE/cni/net.d/10-test.conflist" <<END
{
  "cniVersion": "1.0.0",
  "name": "crij-test",
  "plugins": [
    {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "ipMasq": false, "promiscMode": true,
     "ipam": {"type": "host-local", "dataDir": "$NODE/cni/leases", "ranges": [[{"subnet": "$SUBNET.0/24"}]],
              "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
END
}

# The suite's images have the names of public registries: here those lead to the one on loopback.
write_mirrors() {
  local host
  for host in registry.k8s.io k8s.gcr.io gcr.io public.ecr.aws docker.io; do
    mkdir -p "$NODE/hosts/$host"
    cat >"$NODE/hosts/$host/hosts.toml" <<END
server = "http://$REGISTRY"

[host."http://$REGISTRY"]
  capabilities = ["pull", "resolve"]
END
  done
}

write_runtime_config() {
  cat >"$NODE/crij.toml" <<END
[cni]
conf_dir = "$NODE/cni/net.d"
bin_dirs = ["$CNI_BIN"]

[registry]
config_path = "$NODE/hosts"

[cgroup]
driver = "cgroupfs"

[nri]
socket_path = "$NODE/nri.sock"
plugin_path = "$NODE/nri/plugins"
plugin_config_path = "$NODE/nri/conf.d"
END
  cat >"$NODE/containerd.toml" <<END
version = 2
root = "$NODE/root"
state = "$NODE/run/state"
[grpc]
  address = "$SOCKET"
[ttrpc]
  address = "$NODE/run/ttrpc.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$NODE/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pod-holder:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CNI_BIN"
    conf_dir = "$NODE/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$NODE/hosts"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
END
  [ "$RUNTIME_UNDER_TEST" != crio ] || write_crio_config
}

# install_nri_plugin : what start_runtime's daemon will start as a plugin.
install_nri_plugin() {
  mkdir -p "$NODE/nri/plugins" "$NODE/nri/conf.d"
  cp "$TOOLS/nri-installed" "$NODE/nri/plugins/50-installed"
  printf 'by itself' >"$NODE/nri/conf.d/installed.conf"
}

crictl() { "$TOOLS/crictl" --config "$NODE/crictl.yaml" "$@"; }

# start_runtime : starts the daemon and returns when it answers; sets RUNTIME_PID.
start_runtime() {
  local try command
  [ "$RUNTIME_UNDER_TEST" != crij ] || [ -x "$CRIJ" ] || die "build/crij is missing: run ./dev build first."
  case $RUNTIME_UNDER_TEST in
    crij) command=("$CRIJ" serve --socket "$SOCKET" --root "$NODE/root" --run "$NODE/run" --config "$NODE/crij.toml") ;;
    containerd) command=("${CONTAINERD:-containerd}" --config "$NODE/containerd.toml") ;;
    crio) command=(env "HOME=$NODE/crio" "$TOOLS/crio" --config "$NODE/crio/crio.conf" --config-dir "$NODE/crio/conf.d") ;;
  esac
  "${command[@]}" </dev/null >>"$NODE/log/runtime" 2>&1 &
  RUNTIME_PID=$!
  for try in $(seq 600); do
    crictl version >/dev/null 2>&1 && return 0
    kill -0 "$RUNTIME_PID" 2>/dev/null || break
    sleep 0.2
  done
  tail -20 "$NODE/log/runtime" >&2
  say "the daemon did not start to answer on $SOCKET; the above are its last lines" >&2
  return 1
}

# stop_process PID : SIGTERM, 20 seconds, SIGKILL.
stop_process() {
  local try
  kill -TERM "$1" 2>/dev/null || return 0
  for try in $(seq 100); do
    kill -0 "$1" 2>/dev/null || { wait "$1" 2>/dev/null || true; return 0; }
    sleep 0.2
  done
  say "process $1 did not end on SIGTERM: $(tr '\0' ' ' <"/proc/$1/cmdline" | cut -c1-100)" >&2
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# unmake_node : everything away, in the order that lets the runtime clean up after itself. Safe to call at any point.
unmake_node() {
  [ -n "${NODE:-}" ] || return 0
  if [ -n "${RUNTIME_PID:-}" ]; then
    if kill -0 "$RUNTIME_PID" 2>/dev/null; then crictl rmp -fa >/dev/null 2>&1 || true; fi
    stop_process "$RUNTIME_PID"
  fi
  [ -z "${REGISTRY_PID:-}" ] || stop_process "$REGISTRY_PID"
  ip link del "$BRIDGE" 2>/dev/null || true
  # A spec that fails leaves its own mounts below the scratch folder.
  awk -v dir="$NODE/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount" || true; done
  if [ -n "${KEEP_NODE:-}" ]; then say "kept: $NODE"; else rm -rf --one-file-system "$NODE"; fi
  NODE='' RUNTIME_PID='' REGISTRY_PID=''
}
