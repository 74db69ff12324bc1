# The two daemons that bench/pull compares, each with folders, a socket and a CPU account of its own. Sourced; needs say.sh, registry.sh.

# write_configs : both reach the registry on loopback by plain http.
write_configs() {
  local name
  for name in crij containerd; do
    mkdir -p "$NODE/$name"/{root,run,hosts/$REGISTRY}
    printf 'server = "http://%s"\n' "$REGISTRY" >"$NODE/$name/hosts/$REGISTRY/hosts.toml"
    printf 'runtime-endpoint: unix://%s\nimage-endpoint: unix://%s\ntimeout: 600\n' "$NODE/$name/sock" "$NODE/$name/sock" >"$NODE/$name/crictl.yaml"
  done
  cat >"$NODE/crij/config.toml" <<END_CRIJ
[registry]
config_path = "$NODE/crij/hosts"
END_CRIJ
  # All of this is where things lie; how it pulls is left at its defaults.
  cat >"$NODE/containerd/config.toml" <<END_CONTAINERD
version = 2
root = "$NODE/containerd/root"
state = "$NODE/containerd/run"
[grpc]
  address = "$NODE/containerd/sock"
[ttrpc]
  address = "$NODE/containerd/ttrpc.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$NODE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "$NODE/containerd/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$NODE/containerd/hosts"
END_CONTAINERD
}

# start_daemon crij|containerd : returns when it answers; its process id is in PID_crij or PID_containerd.
start_daemon() {
  local name=$1 try command
  case $name in
    crij) command=("$CRIJ_HOME/build/crij/bin/crij" serve --socket "$NODE/crij/sock" --root "$NODE/crij/root" --run "$NODE/crij/run" --config "$NODE/crij/config.toml") ;;
    containerd) command=("${CONTAINERD:-containerd}" --config "$NODE/containerd/config.toml") ;;
  esac
  make_account "$name"
  # In its account before it starts, so that all its threads and children are.
  (echo "$BASHPID" >"$(account "$name")/cgroup.procs" && TMPDIR=$NODE/$name exec "${command[@]}") </dev/null >"$NODE/$name/log" 2>&1 &
  printf -v "PID_$name" %s "$!"
  for try in $(seq 150); do
    crictl_of "$name" version >/dev/null 2>&1 && return 0
    kill -0 "$!" 2>/dev/null || break
    sleep 0.2
  done
  tail -5 "$NODE/$name/log" >&2
  die "$name did not start; its last lines are above."
}

crictl_of() {
  local name=$1
  shift
  "$TOOLS/crictl" --config "$NODE/$name/crictl.yaml" "$@"
}

# account NAME : the cgroup that counts the daemon's CPU time.
account() {
  if [ -d /sys/fs/cgroup/cpuacct ]; then echo "/sys/fs/cgroup/cpuacct/${NODE##*/}-$1"; else echo "/sys/fs/cgroup/${NODE##*/}-$1"; fi
}
make_account() { mkdir -p "$(account "$1")"; }

# cpu_micros NAME : user and system time of the daemon and its children so far.
cpu_micros() {
  local dir
  dir=$(account "$1")
  if [ -e "$dir/cpuacct.usage" ]; then echo $(($(cat "$dir/cpuacct.usage") / 1000)); else sed -n 's/^usage_usec //p' "$dir/cpu.stat"; fi
}

# is_empty NAME : whether the daemon keeps no blob and no layer.
is_empty() {
  case $1 in
    crij) [ -z "$(ls -A "$NODE/crij/root/images/l")" ] ;;
    containerd)
      [ -z "$(ls -A "$NODE/containerd/root/io.containerd.content.v1.content/blobs/sha256" 2>/dev/null)" ] \
        && [ -z "$(ls -A "$NODE/containerd/root/io.containerd.snapshotter.v1.overlayfs/snapshots" 2>/dev/null)" ] ;;
  esac
}

# stop_daemon NAME : SIGTERM, then its account goes.
stop_daemon() {
  local pid="PID_$1" try
  [ -n "${!pid:-}" ] || return 0
  kill -TERM "${!pid}" 2>/dev/null || true
  for try in $(seq 50); do kill -0 "${!pid}" 2>/dev/null || break; sleep 0.2; done
  kill -KILL "${!pid}" 2>/dev/null || true
  wait "${!pid}" 2>/dev/null || true
  for try in $(seq 25); do rmdir "$(account "$1")" 2>/dev/null && break; sleep 0.2; done
}
