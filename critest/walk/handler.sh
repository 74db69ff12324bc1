# A pod whose runtime handler is an OCI runtime: start, exec, logs, exit code, the daemon's death in between, and nothing left. Sourced.

# walk_handler HANDLER TREES : TREES are the roots as the first start made them.
walk_handler() {
  local handler=$1 pid steady
  check "an unknown handler is refused with the list of those that are known" contains "'$handler'" "$(crictl runp -r nonesuch "$(pod_config unknown)" 2>&1)"
  same "Status has the handler" "$handler" "$(crictl info | jq -r ".runtimeHandlers[]? | select(.name == \"$handler\") | .name")"
  POD=$(quietly crictl runp -r "$handler" "$(pod_config handled)") || { check "runp with handler $handler" false; return 0; }
  PODS+=("$POD")
  same "the pod has the handler" "$handler" "$(crictl inspectp "$POD" | jq -r .status.runtimeHandler)"
  crictl pull "$BUSYBOX" >/dev/null
  new_container handled steady "$BUSYBOX" '"command": ["sh", "-c", "trap \"exit 9\" TERM; echo said; echo wrong >&2; hostname; while :; do sleep 0.1; done"]' || { check create false; return 0; }
  steady=$CONTAINER
  check "start" crictl start "$steady"
  check "what it writes is in its log" within 20 said "$NODE/log/handled/steady.log"
  same "exec gives what a program writes" "out" "$(crictl exec -s "$steady" echo out 2>&1)"
  check "exec tells the exit code" contains "exit code 3" "$(crictl exec -s "$steady" sh -c 'exit 3' 2>&1; crictl exec "$steady" sh -c 'exit 3' 2>&1)"
  same "exec with streams" "through" "$(echo through | crictl exec -i "$steady" cat 2>&1)"
  check "an exec that takes too long is an error" contains "did not end within 1 s" "$(crictl exec -s --timeout 1 "$steady" sh -c 'sleep 771 & sleep 772; :' 2>&1)"
  check "and is gone with what it started" within 10 gives "" asleep "$steady"
  abandoned_exec "$steady"
  check "an exec whose client left is gone, too" within 10 gives "" asleep "$steady"
  new_container handled missing "$BUSYBOX" '"command": ["/nonesuch"]' && check "a program that is missing is an error of the start" contains "/nonesuch" "$(crictl start "$CONTAINER" 2>&1)"
  new_container handled brief "$BUSYBOX" '"command": ["sh", "-c", "sleep 4; exit 7"]' && check "start one that ends" crictl start "$CONTAINER"
  pid=$(pid_of "$steady")
  kill -KILL "$RUNTIME_PID"
  wait "$RUNTIME_PID" 2>/dev/null || true
  sleep 5
  check "the container runs without the daemon" test -d "/proc/$pid"
  start_runtime && check "the daemon starts again" true || check "the daemon starts again" false
  check "the container is still running" in_state "$steady" RUNNING
  same "it has the same pid" "$pid" "$(pid_of "$steady")"
  check "the other's end is known" within 10 in_state "$CONTAINER" EXITED
  same "with its exit code" 7 "$(field "$CONTAINER" .status.exitCode)"
  same "exec works after it" "still here" "$(crictl exec -s "$steady" echo "still here" 2>&1)"
  check "statistics are there" test "$(crictl stats -o json "$steady" | jq -r '.stats[0].memory.workingSetBytes.value')" -gt 0
  check "stop" crictl stop -t 10 "$steady"
  same "it had the time to end by itself" 9 "$(field "$steady" .status.exitCode)"
  check "rmp" crictl rmp -f "$POD"
  check "no image stays" crictl rmi -a
  check "no process is left" within 5 leftover_processes "$RUNTIME_PID" "${PODS[@]}"
  check "no cgroup is left" within 5 leftover_cgroups "${PODS[@]}"
  check "no mount is left" within 10 leftover_mounts "${PODS[@]}"
  check "the roots are as the first start made them" within 10 same_roots "$2"
}

# Of the programs below, those that run in the container.
asleep() { crictl exec -s "$1" ps | grep -o 'sleep 77[1-9]$' || true; }

# The client leaves a program that runs.
abandoned_exec() {
  local client
  "$TOOLS/crictl" --config "$NODE/crictl.yaml" exec -i "$1" sh -c 'sleep 773; :' </dev/null >/dev/null 2>&1 &
  client=$!
  check "an exec runs" within 10 gives "sleep 773" asleep "$1"
  kill -KILL "$client"
  wait "$client" 2>/dev/null || true
}

said() { equal "handled said wrong" "$(log_text "$1" | sort | tr '\n' ' ' | sed 's/ $//')"; }

# pod_config NAME : a file.
pod_config() {
  mkdir -p "$NODE/log/$1"
  printf '{"metadata": {"name": "%s", "namespace": "walk", "uid": "uid-%s", "attempt": 1}, "hostname": "%s", "log_directory": "%s", "linux": {}}' \
    "$1" "$1" "$1" "$NODE/log/$1" >"$NODE/$1.pod.json"
  echo "$NODE/$1.pod.json"
}

same_roots() { diff <(printf '%s\n' "$1") <(tree_of "$NODE/root"; tree_of "$NODE/run"); }
