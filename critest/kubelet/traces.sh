# kubelet and the daemon trace to one collector, and what the daemon does for a call of kubelet is a part of kubelet's trace. Sourced; needs
# kubelet.sh, life.sh.

# start_collector : before the daemon and kubelet; both are told of it. Sets TRACES_PORT and COLLECTOR_PID.
start_collector() {
  "$TOOLS/collector" "$NODE/spans" >"$NODE/collector-port" 2>>"$NODE/log/collector" &
  COLLECTOR_PID=$!
  within 30 test -s "$NODE/collector-port"
  TRACES_PORT=$(cat "$NODE/collector-port")
  printf '\n[tracing]\nendpoint = "http://127.0.0.1:%s"\n' "$TRACES_PORT" >>"$NODE/crij.toml"
}

stop_collector() { [ -z "${COLLECTOR_PID:-}" ] || stop_process "$COLLECTOR_PID"; COLLECTOR_PID=; }

start_traces() { run_pods terminal; }

# A line of NODE/spans is {service, trace, id, parent, name, nanos, error}.
# below SERVICE PARENT-PATTERN NAME-PATTERN : whether a span of ours is right below one of that service, in the same trace.
below() {
  jq -s -e --arg service "$1" --arg parent "$2" --arg name "$3" '
    (map(select(.service == $service and (.name | test($parent))) | {(.trace + .id): true}) | add // {}) as $parents
    | any(.[]; .service == "crij" and (.name | test($name)) and $parents[.trace + .parent])' "$NODE/spans" >/dev/null
}

try_traces() {
  check "a pod runs" within 90 all_ready terminal
  check "RunPodSandbox is a span below kubelet's own" within 30 below kubelet . '^runtime.v1.RuntimeService/RunPodSandbox$'
  check "and so are CreateContainer" within 30 below kubelet . '/CreateContainer$'
  check "and StartContainer" within 30 below kubelet . '/StartContainer$'
  check "the stages of a pod are below its call" within 30 below crij '/RunPodSandbox$' '^RunPodSandbox network$'
  check "each network plugin is below its stage" within 30 below crij '^RunPodSandbox network$' '^bridge ADD$'
  check "the launch of a container is below its call" within 30 below crij '/StartContainer$' '^StartContainer launch$'
  check "a layer is below the pull" within 30 below crij '^PullImage pull$' '^layer 1$'
  check "no span of ours is in a trace of its own: kubelet traces all of its calls" nothing "$(jq -r 'select(.service == "crij" and .parent == "") | .name' "$NODE/spans")"
  stop_collector
  run_pods traced
  check "without its collector a pod starts as well" within 90 pod_says traced 0 '.status.containerStatuses[0].state.terminated.exitCode'
  check "and the log says so" within 30 grep -q "spans are lost" "$NODE/log/runtime"
  same "once" 1 "$(grep -c "spans are lost" "$NODE/log/runtime")"
}
