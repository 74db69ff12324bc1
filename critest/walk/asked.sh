# What the daemon tells a person who asks it, and Prometheus. Sourced.

# asked COMMAND... : crij's answer as JSON.
asked() { "$CRIJ" "$@" --socket "$SOCKET" --output json; }

metrics_of() { curl -sS -f --noproxy '*' "http://127.0.0.1:$(sed -n 's/.*metrics are served on 127.0.0.1, port \([0-9]*\).*/\1/p' "$NODE/log/runtime" | tail -1)$1"; }

walk_asked() {
  local id bad page
  new_pod asked || { check "runp to ask about" false; return 0; }
  new_container asked sleeper $BUSYBOX '"command": ["sleep", "1000"]' || { check "create to ask about" false; return 0; }
  id=$CONTAINER
  check "start of what is asked about" quietly crictl start "$id"
  check "crij status counts it" holds "$(asked status)" '.readyPods >= 1 and .containers.running >= 1 and .conditions.RuntimeReady == "ok"'
  check "crij pods has its address" holds "$(asked pods)" "any(.[]; .name == \"asked\" and .state == \"ready\" and (.ip | startswith(\"$SUBNET.\")) and .running == 1)"
  check "crij timeline has the stages of its start" holds "$(asked timeline asked)" \
    '[.steps[].operation] == ["RunPodSandbox", "CreateContainer", "StartContainer"] and any(.steps[0].stages[]; .name == "network" and .millis > 0)'
  check "crij why finds nothing that holds it up" holds "$(asked why asked)" '.answer | startswith("Nothing holds it up here")'
  new_container asked broken $BUSYBOX '"command": ["/no/such/program"]' || { check "create of what cannot start" false; return 0; }
  bad=$CONTAINER
  check "what has no program does not start" fails quietly crictl start "$bad"
  check "crij why has the reason" holds "$(asked why asked)" '(.answer | contains("/no/such/program")) and (.errors[0].rpc == "StartContainer")'
  check "crij why of nothing says where to look" contains "kubectl describe pod" "$("$CRIJ" why nothing --socket "$SOCKET" 2>&1 || true)"
  check "metrics count the start that failed" within 10 shows 'crij_rpc_total{rpc="StartContainer",code="FAILED_PRECONDITION",} 1.0' metrics_of /metrics
  page=$(metrics_of /metrics)
  check "metrics have the network's time" contains 'crij_cni_seconds_count{command="ADD",}' "$page"
  check "metrics have the process" contains process_open_fds "$page"
  check "metrics of containers have its memory" within 10 shows "container_memory_usage_bytes" metrics_of /metrics/containers
  check "no series is of a pod" fails grep -q asked <<<"$page"
  quietly crictl rmp -f "$POD" || true
}
