# kill -9 of the daemon: what ran goes on running, and nothing that happened meanwhile is lost. Sourced.

walk_restart() {
  local steady brief pid started killed back finished
  [ "$RUNTIME_UNDER_TEST" = crij ] || return 0
  new_pod restart || { check "runp" false; return 0; }
  new_container restart steady $BUSYBOX '"command": ["sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done"]' || { check "create" false; return 0; }
  steady=$CONTAINER
  new_container restart brief $BUSYBOX '"command": ["sh", "-c", "sleep 3; exit 9"]' || { check "create" false; return 0; }
  brief=$CONTAINER
  check "start a container that goes on" crictl start "$steady"
  check "start a container that ends soon" crictl start "$brief"
  pid=$(pid_of "$steady")
  started=$(field "$steady" .status.startedAt)
  kill -KILL "$RUNTIME_PID"
  wait "$RUNTIME_PID" 2>/dev/null || true
  killed=$(date +%s)
  sleep 5
  check "the container runs without the daemon" test -d "/proc/$pid"
  back=$(date +%s)
  # Not inside check: that runs in a subshell, where the new RUNTIME_PID would be lost.
  start_runtime && check "the daemon starts again" true || check "the daemon starts again" false
  check "the pod is still ready" contains SANDBOX_READY "$(crictl inspectp "$POD" | jq -r .status.state)"
  check "the container is still running" in_state "$steady" RUNNING
  same "it has the same pid" "$pid" "$(pid_of "$steady")"
  same "it has the same start time" "$started" "$(field "$steady" .status.startedAt)"
  check "the other's end is known" within 5 in_state "$brief" EXITED
  same "with its exit code" 9 "$(field "$brief" .status.exitCode)"
  finished=$(date -d "$(field "$brief" .status.finishedAt)" +%s)
  check "at the time when it happened ($killed <= $finished <= $back)" test "$finished" -ge "$killed" -a "$finished" -le "$back"
  same "exec works in it" "still here" "$(crictl exec -s "$steady" echo "still here" 2>&1)"
  check "stop" crictl stop -t 1 "$steady"
  same "the log has no gap" "" "$(log_text "$NODE/log/restart/steady.log" | awk '$1 != NR - 1 { print "line " NR " holds " $1; exit }')"
  check "the log went on while the daemon was dead" test "$(wc -l <"$NODE/log/restart/steady.log")" -ge 80
}
