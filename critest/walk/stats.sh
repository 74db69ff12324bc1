# What crictl tells of the use of pods and containers, and of what becomes of them. Sourced.

# stats_of ID : the one entry of crictl stats.
stats_of() { crictl stats -o json "$1" | jq -c '.stats[0]'; }

# holds JSON JQ : holds if the expression is true of the JSON.
holds() { jq -e "$2" <<<"$1" >/dev/null || { say "not so: $2"; say "in: $1"; return 1; }; }

has_stats() { holds "$(stats_of "$1")" "$2"; }
has_pod_stats() { holds "$(crictl statsp -o json "$1")" "$2"; }

# samples NAME ID : the values of the metric's samples whose "name" label, the second, is the id.
samples() { crictl metricsp | jq -r --arg n "$1" --arg id "$2" '.. | objects | select(.name? == $n and .labelValues?[1] == $id) | .value.value'; }

# undescribed : names of samples that no descriptor has.
undescribed() {
  comm -13 <(crictl metricdescs | jq -r '.descriptors[].name' | sort -u) \
    <(crictl metricsp | jq -r '.. | objects | select(.labelValues?) | .name' | sort -u)
}

# told POD CONTAINER : the events so far, by their last words.
told() {
  jq -r --arg pod "$1" --arg c "$2" \
    '(if .containerId == $pod then "pod" elif .containerId == $c then "container" else empty end) + " " + (.containerEventType | sub("CONTAINER_"; "") | sub("_EVENT"; ""))' \
    "$NODE/log/events" | paste -sd, -
}
told_all() {
  equal "pod CREATED,pod STARTED,container CREATED,container STARTED,container STOPPED,container DELETED,pod STOPPED,pod DELETED" "$(told "$1" "$2")"
}

walk_stats() {
  local pod id listener before
  "$TOOLS/crictl" --config "$NODE/crictl.yaml" events -o json >"$NODE/log/events" 2>/dev/null </dev/null &
  listener=$!
  check "events subscribes" within 20 grep -q "GetContainerEvents began" "$NODE/log/runtime"
  new_pod stats || { check "runp for stats" false; return 0; }
  pod=$POD
  new_container stats writer $BUSYBOX '"command": ["sh", "-c", "dd if=/dev/zero of=/file bs=1M count=3; while :; do :; done"]' \
    || { check "create for stats" false; return 0; }
  id=$CONTAINER
  check "a created container has no CPU use" holds "$(stats_of "$id")" '.cpu == null and .memory == null'
  check "start of what writes and spins" quietly crictl start "$id"
  check "stats lists it" contains writer "$(crictl stats 2>&1)"
  check "stats have CPU and memory" within 10 has_stats "$id" \
    '(.cpu.usageCoreNanoSeconds.value | tonumber) > 0 and (.memory.workingSetBytes.value | tonumber) > 0'
  # A kernel without PSI has no such file.
  [ ! -e /proc/pressure/cpu ] || check "stats have the pressure" holds "$(stats_of "$id")" '.cpu.psi.Some != null and .memory.psi.Some != null and .io.psi.Some != null'
  check "a later reading has the rate of CPU use" within 10 has_stats "$id" '(.cpu.usageNanoCores.value | tonumber) > 1000000'
  check "what it wrote is counted anew" within 30 has_stats "$id" '(.writableLayer.usedBytes.value | tonumber) >= 3145728'
  check "statsp has the pod's network" within 30 has_pod_stats "$pod" \
    '.stats[0].linux.network.defaultInterface | .name == "eth0" and (.rxBytes.value | tonumber) > 0'
  check "statsp has processes and the container" within 30 has_pod_stats "$pod" \
    '.stats[0].linux | (.process.processCount.value | tonumber) >= 1 and (.containers | length) == 1 and (.cpu.usageCoreNanoSeconds.value | tonumber) > 0'
  before=$(samples container_cpu_usage_seconds_total "$id")
  check "the metric of its CPU time rises" within 30 eval '[ "$(samples container_cpu_usage_seconds_total "$id")" -gt "$before" ]'
  check "the metric of the pod's network counts" within 30 eval '[ "$(samples container_network_receive_bytes_total "$pod")" -gt 0 ]'
  same "each sample has a descriptor" "" "$(undescribed)"
  check "stop, rm, stopp, rmp" quietly eval 'crictl stop -t 0 "$id" && crictl rm "$id" && crictl stopp "$pod" && crictl rmp "$pod"'
  check "events told all of it, in order" within 10 told_all "$pod" "$id"
  check "each event has its pod" test -z "$(jq -r 'select(.podSandboxStatus.metadata.name == null) | .containerId' "$NODE/log/events")"
  stop_process "$listener"
}
