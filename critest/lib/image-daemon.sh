# A daemon of which only the images matter, in a folder of its own. Sourced; needs say.sh, tools.sh.

# make_daemon DIR ROOT NAME HOST : its settings in DIR; it keeps what it keeps below ROOT, and reaches the registry NAME at HOST.
make_daemon() {
  DAEMON_DIR=$1 DAEMON_ROOT=$2 DAEMON=''
  mkdir -p "$DAEMON_DIR/hosts/$3"
  printf 'server = "http://%s"\n' "$4" >"$DAEMON_DIR/hosts/$3/hosts.toml"
  printf '[registry]\nconfig_path = "%s"\n[nri]\nsocket_path = "%s"\n' "$DAEMON_DIR/hosts" "$DAEMON_DIR/nri.sock" >"$DAEMON_DIR/crij.toml"
  printf 'runtime-endpoint: unix://%s\nimage-endpoint: unix://%s\ntimeout: 600\n' "$DAEMON_DIR/sock" "$DAEMON_DIR/sock" >"$DAEMON_DIR/crictl.yaml"
}

# start_daemon : returns when it answers; sets DAEMON.
start_daemon() {
  local try
  "$CRIJ_HOME/build/crij/bin/crij" serve --socket "$DAEMON_DIR/sock" --root "$DAEMON_ROOT" --run "$DAEMON_DIR/run" --config "$DAEMON_DIR/crij.toml" \
    </dev/null >"$DAEMON_DIR/log" 2>&1 &
  DAEMON=$!
  for try in $(seq 600); do
    crictl version >/dev/null 2>&1 && return 0
    kill -0 "$DAEMON" 2>/dev/null || break
    sleep 0.1
  done
  tail -5 "$DAEMON_DIR/log" >&2
  die "the daemon did not start; its last lines are above."
}

# end_daemon SIGNAL
end_daemon() {
  [ -n "${DAEMON:-}" ] || return 0
  kill "-$1" "$DAEMON" 2>/dev/null || true
  wait "$DAEMON" 2>/dev/null || true
  DAEMON=''
}

crictl() { "$TOOLS/crictl" --config "$DAEMON_DIR/crictl.yaml" "$@"; }
crij_images() { "$CRIJ_HOME/build/crij/bin/crij" images "$@" --socket "$DAEMON_DIR/sock"; }
