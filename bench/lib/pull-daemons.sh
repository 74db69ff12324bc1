# The daemons that bench/pull compares, each with folders, a socket and a CPU account of its own: crij, debian (Debian's containerd)
# and newest (the newest containerd that bench/peers pins). Sourced; needs say.sh, registry.sh, tools.sh.

# need_peers : builds the newest containerd, its shim and the client that measures a call.
need_peers() {
  local go
  [ -x "$TOOLS/pulltime" ] && [ -x "$TOOLS/containerd-shim-runc-v2" ] && [ -z "$(find "$CRIJ_HOME/bench/peers" -newer "$TOOLS/pulltime" -type f)" ] && return 0
  say "building the newest containerd, once"
  go=$(find_go) || go=$(fetch_go)
  mkdir -p "$TOOLS"
  (
    cd "$CRIJ_HOME/bench/peers"
    export CGO_ENABLED=0
    # the client is the last: it says that all of it is there
    nice -n 19 "$go" build -o "$TOOLS/" github.com/containerd/containerd/v2/cmd/containerd github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2
    nice -n 19 "$go" build -o "$TOOLS/pulltime" ./pulltime
  )
}

program_of() {
  case $1 in
    debian) echo "${CONTAINERD:-containerd}" ;;
    newest) echo "$TOOLS/containerd" ;;
  esac
}

# version_of DAEMON : its name and release.
version_of() {
  case $1 in
    crij) crictl_of crij version | sed -n 's/^Runtime\(Name\|Version\): *//p' | paste -sd ' ' ;;
    debian) "$(program_of debian)" --version | awk '{ print "containerd", $3 }' ;;
    newest) echo "containerd $(sed -n 's,^.*github.com/containerd/containerd/v2 v\([^ ]*\).*,\1,p' "$CRIJ_HOME/bench/peers/go.mod")" ;;
  esac
}

# make_disk NAME : $NODE/NAME on an ext4 of its own, with a journal as nodes have it. Without one ext4 takes no inode again within a
# minute of its removal and looks at each of these for each new file: what the last pull left behind would be what is measured.
make_disk() {
  mkdir "$NODE/$1"
  truncate -s 16G "$NODE/$1.ext4"
  mkfs.ext4 -q -N 600000 -E lazy_itable_init=0,lazy_journal_init=0 "$NODE/$1.ext4"
  mount -o loop "$NODE/$1.ext4" "$NODE/$1"
}

# write_configs : all reach the registry on loopback by plain http.
write_configs() {
  local name
  for name in "${daemons[@]}"; do
    mkdir -p "$NODE/$name"/{root,run,hosts/$REGISTRY}
    printf 'server = "http://%s"\n' "$REGISTRY" >"$NODE/$name/hosts/$REGISTRY/hosts.toml"
    printf 'runtime-endpoint: unix://%s\nimage-endpoint: unix://%s\ntimeout: 600\n' "$NODE/$name/sock" "$NODE/$name/sock" >"$NODE/$name/crictl.yaml"
  done
  cat >"$NODE/crij/config.toml" <<END_CRIJ
[registry]
config_path = "$NODE/crij/hosts"
END_CRIJ
  # All of this is where things lie; how they pull is left at its defaults.
  for name in "${peers[@]}"; do "config_of_$name" "$NODE/$name" >"$NODE/$name/config.toml"; done
}

config_of_debian() {
  cat <<END_DEBIAN
version = 2
$(config_of_both "$1")
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "$1/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$1/hosts"
END_DEBIAN
}

config_of_newest() {
  cat <<END_NEWEST
version = 3
$(config_of_both "$1")
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    conf_dir = "$1/cni"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "$1/hosts"
END_NEWEST
}

config_of_both() {
  cat <<END_BOTH
root = "$1/root"
state = "$1/run"
[grpc]
  address = "$1/sock"
[ttrpc]
  address = "$1/ttrpc.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$1/opt"
END_BOTH
}

# start_daemon NAME : returns when it answers; its process id is in PID_NAME.
start_daemon() {
  local name=$1 try command
  case $name in
    crij) command=("$CRIJ_HOME/build/crij/bin/crij" serve --socket "$NODE/crij/sock" --root "$NODE/crij/root" --run "$NODE/crij/run" --config "$NODE/crij/config.toml") ;;
    *) command=("$(program_of "$name")" --config "$NODE/$name/config.toml") ;;
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
    *)
      [ -z "$(ls -A "$NODE/$1/root/io.containerd.content.v1.content/blobs/sha256" 2>/dev/null)" ] \
        && [ -z "$(ls -A "$NODE/$1/root/io.containerd.snapshotter.v1.overlayfs/snapshots" 2>/dev/null)" ] ;;
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
