# kill -9 of the daemon: what ran goes on running, and nothing that happened meanwhile is lost. Sourced.

walk_restart() {
  local steady brief pid ending started killed back finished lines log=$NODE/log/restart/steady.log
  [ "$RUNTIME_UNDER_TEST" = crij ] || return 0
  new_pod restart || { check "runp" false; return 0; }
  new_container restart steady $BUSYBOX '"command": ["sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done"]' || { check "create" false; return 0; }
  steady=$CONTAINER
  mkdir "$NODE/end"
  new_container restart brief $BUSYBOX "\"command\": [\"sh\", \"-c\", \"until [ -e /end/now ]; do sleep 0.1; done; exit 9\"],
    \"mounts\": [{\"container_path\": \"/end\", \"host_path\": \"$NODE/end\"}]" || { check "create" false; return 0; }
  brief=$CONTAINER
  check "start a container that goes on" crictl start "$steady"
  check "start a container that ends when it is told to" crictl start "$brief"
  pid=$(pid_of "$steady") ending=$(pid_of "$brief")
  started=$(field "$steady" .status.startedAt)
  kill -KILL "$RUNTIME_PID"
  wait "$RUNTIME_PID" 2>/dev/null || true
  killed=$(date +%s)
  lines=$(wc -l <"$log")
  touch "$NODE/end/now"
  check "one container ends without the daemon" within 20 fails test -d "/proc/$ending"
  check "the other goes on writing to its log" within 20 has_lines "$log" $((lines + 20))
  check "and runs" test -d "/proc/$pid"
  back=$(date +%s)
  # Not inside check: that runs in a subshell, where the new RUNTIME_PID would be lost.
  start_runtime && check "the daemon starts again" true || check "the daemon starts again" false
  check "the pod is still ready" contains SANDBOX_READY "$(crictl inspectp "$POD" | jq -r .status.state)"
  check "the container is still running" in_state "$steady" RUNNING
  same "it has the same pid" "$pid" "$(pid_of "$steady")"
  same "it has the same start time" "$started" "$(field "$steady" .status.startedAt)"
  check "the other's end is known" within 20 in_state "$brief" EXITED
  same "with its exit code" 9 "$(field "$brief" .status.exitCode)"
  finished=$(date -d "$(field "$brief" .status.finishedAt)" +%s)
  check "at the time when it happened ($killed <= $finished <= $back)" test "$finished" -ge "$killed" -a "$finished" -le "$back"
  same "exec works in it" "still here" "$(crictl exec -s "$steady" echo "still here" 2>&1)"
  check "stop" crictl stop -t 1 "$steady"
  same "the log has no gap" "" "$(log_text "$log" | awk '$1 != NR - 1 { print "line " NR " holds " $1; exit }')"
}

# has_lines FILE COUNT
has_lines() { test "$(wc -l <"$1")" -ge "$2"; }
