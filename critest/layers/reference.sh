# Debian's containerd with folders and a socket of its own, as the reference for trees. Sourced; needs node.sh.

# start_reference : sets REFERENCE_PID.
start_reference() {
  local dir=$NODE/reference try
  mkdir -p "$dir"/{tmp,mounts}
  cat >"$dir/config.toml" <<END
version = 2
root = "$dir/root"
state = "$dir/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$dir/sock"
[ttrpc]
  address = "$dir/ttrpc.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$dir/opt"
END
  TMPDIR=$dir/tmp containerd --config "$dir/config.toml" </dev/null >"$NODE/log/reference" 2>&1 &
  REFERENCE_PID=$!
  for try in $(seq 100); do
    reference version >/dev/null 2>&1 && return 0
    kill -0 "$REFERENCE_PID" 2>/dev/null || break
    sleep 0.1
  done
  tail -5 "$NODE/log/reference" >&2
  die "containerd did not start; its last lines are above."
}

reference() { TMPDIR=$NODE/reference/tmp ctr --address "$NODE/reference/sock" --namespace compare "$@"; }

# reference_tree REPOSITORY TARGET : pulls REPOSITORY:1 and mounts it at TARGET.
reference_tree() {
  mkdir -p "$2"
  reference images pull --plain-http "$REGISTRY/$1:1" >/dev/null || return 1
  reference images mount "$REGISTRY/$1:1" "$2" >/dev/null
}

stop_reference() { [ -z "${REFERENCE_PID:-}" ] || stop_process "$REFERENCE_PID"; REFERENCE_PID=''; }
