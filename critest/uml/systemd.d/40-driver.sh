# The systemd cgroup driver: pods are slices, containers are scopes, and their limits are systemd's as well as the kernel's.

slice=kubepods-burstable-pod7d1e.slice
parent=/kubepods.slice/kubepods-burstable.slice/$slice
id=registry.k8s.io/e2e-test-images/nginx:1.14-2
show() { systemctl show -P "$1" "$2"; }
scopes() { systemctl list-units --all --plain --no-legend 'crij-*.scope' | wc -l; }
# Those of other kinds come and go by themselves.
units() { systemctl list-units --all --plain --no-legend --type=scope,slice,service 'crij*' 'kubepods*' 'run-*' | awk '{ print $1 }'; }
# What other scripts' pods have is there before and after.
slices() { systemctl list-units --all --plain --no-legend 'crij-pod*.slice' 'kubepods-burstable-pod*.slice' | wc -l; }
folders() { find /sys/fs/cgroup/crij.slice /sys/fs/cgroup/kubepods.slice \( -name '*.scope' -o -name '*-pod*.slice' \) 2>/dev/null | wc -l; }
scopes_before=$(scopes) slices_before=$(slices) folders_before=$(folders)
loaded() { [ "$(show LoadState "$1")" = loaded ]; }
# pod NAME CGROUP_PARENT, container POD NAME RESOURCES COMMAND... (JSON) : their ids.
pod() {
  printf '{"metadata": {"name": "%s", "namespace": "driver", "uid": "%s"}, "log_directory": "/var/log/pods/driver", "linux": {"cgroup_parent": "%s", "security_context": {"namespace_options": {"network": 2}}}}' \
    "$1" "$1" "$2" >/root/driver-$1.json
  crictl runp "/root/driver-$1.json"
}
container() {
  printf '{"metadata": {"name": "%s"}, "image": {"image": "%s"}, "command": ["sh", "-c", "%s"], "log_path": "%s.log", "linux": {"resources": %s}}' "$2" "$id" "$4" "$2" "$3" >/root/driver-c.json
  crictl create "$1" /root/driver-c.json "/root/driver-${5:-one}.json"
}

[ -n "$(crictl images -q "$id")" ] || crij images load -i /work/image.tar >/dev/null
check "the driver is systemd" sh -c "'$TOOLS/crictl' --config /work/crictl.yaml info | jq -e '.config.cgroupDriver == \"systemd\"'"
pod other /kubepods/pod1 >/dev/null 2>&1 || true
check "a cgroup_parent of the other driver is refused, with what to do" \
  contains "set kubelet's cgroupDriver to systemd" "$("$TOOLS/crictl" --config /work/crictl.yaml runp /root/driver-other.json 2>&1 || true)"

one=$(pod one "$parent")
limits='{"memory_limit_in_bytes": 67108864, "cpu_quota": 50000, "cpu_period": 100000, "cpu_shares": 512, "unified": {"memory.high": "50331648", "pids.max": "100"}}'
c=$(container "$one" limited "$limits" "sleep 1000000")
check "a container starts in a slice" crictl start "$c"
scope=crij-$c.scope
group=/sys/fs/cgroup$parent/$scope
pid=$(container_pid "$c")
same "it is in its scope, below the pod's slice" "0::$parent/$scope" "$(grep '^0::' "/proc/$pid/cgroup")"
same "the scope is delegated" yes "$(show Delegate "$scope")"
same "the unit is active" active "$(show ActiveState "$scope")"
same "memory.max" 67108864 "$(cat "$group/memory.max")"
same "MemoryMax" 67108864 "$(show MemoryMax "$scope")"
same "memory.high" 50331648 "$(cat "$group/memory.high")"
same "cpu.max" "50000 100000" "$(cat "$group/cpu.max")"
same "CPUQuotaPerSecUSec" 500ms "$(show CPUQuotaPerSecUSec "$scope")"
same "cpu.weight as kubelet computes it, in the file and in the unit" "$(cat "$group/cpu.weight")" "$(show CPUWeight "$scope")"
same "pids.max" 100 "$(cat "$group/pids.max")"
check "systemctl daemon-reload" systemctl daemon-reload
same "a reload keeps the limits" "67108864 50331648 50000 100000 100" "$(cat "$group"/{memory.max,memory.high,cpu.max,pids.max} | tr '\n' ' ' | sed 's/ $//')"
check "limits are changed" crictl update --memory 83886080 --cpu-quota 70000 --cpu-period 100000 "$c"
same "in the file" "83886080 70000 100000" "$(cat "$group"/{memory.max,cpu.max} | tr '\n' ' ' | sed 's/ $//')"
same "in the unit" 83886080 "$(show MemoryMax "$scope")"
systemctl daemon-reload
same "and a reload keeps them" "83886080 70000 100000" "$(cat "$group"/{memory.max,cpu.max} | tr '\n' ' ' | sed 's/ $//')"

units=$(units)
check "exec answers" crictl exec "$c" true
check "exec as a stream answers" crictl exec -s "$c" true
same "an exec makes no unit" "$units" "$(units)"
check "statistics are read at the scope" within 10 sh -c "'$TOOLS/crictl' --config /work/crictl.yaml stats -o json $c | jq -e '.stats[0].memory.usageBytes.value | tonumber > 0'"

old=$(main_pid)
check "the daemon is killed and comes again" sh -c "kill -9 $old"
check "it serves" within 60 crictl version
same "its container runs as before" "$pid CONTAINER_RUNNING" "$(container_pid "$c") $(container_state "$c")"
same "in the same active scope" active "$(show ActiveState "$scope")"
check "systemctl restart crij" systemctl restart crij
check "it serves again" within 60 crictl version
check "and the container lives" lives "$pid"

check "the bus comes back after a restart of it" systemctl restart dbus
oom=$(container "$one" oom '{"memory_limit_in_bytes": 16777216, "memory_swap_limit_in_bytes": 16777216}' 'a=x; while :; do a=$a$a; done')
check "a container starts over the new connection" crictl start "$oom"
check "one that needs too much memory ends" within 60 sh -c "[ \"\$('$TOOLS/crictl' --config /work/crictl.yaml inspect $oom | jq -r .status.state)\" = CONTAINER_EXITED ]"
same "and is OOMKilled" OOMKilled "$(crictl inspect "$oom" | jq -r .status.reason)"
check "its scope is gone" within 10 fails loaded "crij-$oom.scope"
late=$(container "$one" late '{"memory_limit_in_bytes": 16777216, "memory_swap_limit_in_bytes": 16777216}' 'until [ -e /go ]; do sleep 0.2; done; a=x; while :; do a=$a$a; done')
check "one that began before the daemon did" sh -c "'$TOOLS/crictl' --config /work/crictl.yaml start $late && systemctl restart crij"
check "needs too much memory after that" crictl exec "$late" sh -c ': >/go'
check "and ends" within 60 sh -c "[ \"\$('$TOOLS/crictl' --config /work/crictl.yaml inspect $late | jq -r .status.state)\" = CONTAINER_EXITED ]"
same "and is OOMKilled too" OOMKilled "$(crictl inspect "$late" | jq -r .status.reason)"

check "a container stops" crictl stop -t 1 "$c"
same "its end is no OOM" Error "$(crictl inspect "$c" | jq -r .status.reason)"
check "and is removed" crictl rm "$c"
crictl rm "$oom" "$late" >/dev/null
check "its unit is gone" within 10 fails loaded "$scope"
check "and its folder" within 10 fails test -e "$group"

two=$(pod two "")
c2=$(container "$two" own '{}' "sleep 1000000" two)
check "a pod without cgroup_parent is a slice of its own" crictl start "$c2"
same "below crij's" "0::/crij.slice/crij-pod$two.slice/crij-$c2.scope" "$(grep '^0::' "/proc/$(container_pid "$c2")/cgroup")"
check "a start that fails leaves no unit" sh -c "! '$TOOLS/crictl' --config /work/crictl.yaml start \$(echo $(printf '{"metadata": {"name": "bad"}, "image": {"image": "%s"}, "command": ["/none"], "linux": {}}' "$id" >/root/driver-c.json; crictl create "$two" /root/driver-c.json /root/driver-two.json))"
check "only the one scope is there" within 10 gives $((scopes_before + 1)) scopes
stray=crij-$(printf 'f%.0s' $(seq 64)).scope
systemd-run -q --scope --unit="$stray" --slice=critest.slice --description="stray (crij /var/lib/crij)" sleep 100000 &
check "a scope of a container that nobody knows" within 10 loaded "$stray"
systemctl restart crij
check "is ended when the daemon starts" within 30 fails loaded "$stray"
check "and that of a container is not" loaded "crij-$c2.scope"
for p in "$one" "$two"; do crictl stopp "$p" >/dev/null; crictl rmp "$p" >/dev/null; done
systemctl stop crij-podx.slice || true
check "no scope is left" within 10 gives "$scopes_before" scopes
check "no slice of a pod is left" within 10 gives "$slices_before" slices
check "no folder either" within 10 gives "$folders_before" folders
