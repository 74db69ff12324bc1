# The machine goes down: kubelet hears of it from logind, ends the pods in time, and lets the machine go. Last of all parts. Sourced; needs
# control-plane.sh, node.sh of this folder.

start_logind() {
  local dir=$NODE/bus
  mkdir -p "$dir"
  cat >"$dir/config" <<END
<busconfig>
  <type>system</type>
  <listen>unix:path=$dir/socket</listen>
  <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>
END
  export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$dir/socket
  dbus-daemon --config-file="$dir/config" --nofork --nopidfile </dev/null >"$NODE/log/bus" 2>&1 &
  BUS_PID=$!
  within 20 test -S "$dir/socket"
  # Whoever asks the bus for signals.
  dbus-monitor --address "$DBUS_SYSTEM_BUS_ADDRESS" "type='method_call',member='AddMatch'" </dev/null >"$NODE/log/listeners" 2>&1 &
  MONITOR_PID=$!
  check "the bus is watched" within 20 grep -q NameAcquired "$NODE/log/listeners"
  "$TOOLS/logind" </dev/null >"$NODE/log/logind" 2>&1 &
  LOGIND_PID=$!
  check "logind is on the bus" within 20 grep -q ready "$NODE/log/logind"
}

stop_logind() {
  local pid
  for pid in ${LOGIND_PID:-} ${MONITOR_PID:-} ${BUS_PID:-}; do stop_process "$pid"; done
  LOGIND_PID='' MONITOR_PID='' BUS_PID=''
}

# make_last NAME CLASS : a pod that notes when it is asked to end.
make_last() {
  sed -e "s,@NAME@,$1,g" -e "s,@CLASS@,$2,g" -e "s,@NODE@,$NODE,g" "$CRIJ_HOME/critest/cluster/pods/last.yaml" >"$NODE/last.yaml"
  api post api/v1/namespaces/default/pods "$NODE/last.yaml" >/dev/null
}

try_shutdown() {
  start_logind
  make_last ordinary ''
  make_last critical system-node-critical
  check "an ordinary and a critical pod run" within 60 both_last_run
  kill_kubelet
  printf 'shutdownGracePeriod: 20s\nshutdownGracePeriodCriticalPods: 5s\n' >>"$NODE/kubelet.yaml"
  start_kubelet
  check "kubelet delays the end of the machine" within 30 grep -q "kubelet delays shutdown" "$NODE/log/logind"
  check "and listens for the news of it" within 30 grep -q PrepareForShutdown "$NODE/log/listeners"
  # A pod that it learns of later is turned away at once.
  check "and knows its pods again" within 60 knows_both_last
  kill -USR1 "$LOGIND_PID"
  check "when it comes the node says so" within 30 node_says "node is shutting down" '.status.conditions[] | select(.type == "Ready").message'
  check "the pods have ended by themselves, in their time" within 60 both_last_ended
  same "the critical one was asked last" "ordinary critical" "$(paste -sd ' ' "$NODE/last/order")"
  check "and the machine may go down" within 30 grep -q released "$NODE/log/logind"
  check "with no container left" within 30 no_container
}

both_last_run() { object_says ordinary true '.status.containerStatuses[0].ready' && object_says critical true '.status.containerStatuses[0].ready'; }

knows_both_last() {
  equal "critical ordinary" "$(kubelet_get pods | jq -r '[.items[] | select(.metadata.name == "ordinary" or .metadata.name == "critical")
    | select([.status.containerStatuses[]?.ready] | length > 0 and all) | .metadata.name] | sort | join(" ")')"
}

both_last_ended() {
  local pod
  for pod in ordinary critical; do object_says "$pod" "0 Completed" '.status.containerStatuses[0].state.terminated | "\(.exitCode) \(.reason)"' || return 1; done
}

no_container() { [ -z "$(crictl ps -q)" ]; }
