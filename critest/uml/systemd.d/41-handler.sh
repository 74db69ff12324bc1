# A handler's container with the systemd driver: in its own scope, beside what starts it, and its limits outlive a reload.

cp /host/usr/sbin/runc /usr/local/sbin/runc
printf '\n[runtimes.runc]\nkind = "oci"\npath = "/usr/local/sbin/runc"\n' >>/etc/crij/config.toml
check "the daemon knows the handler" systemctl restart crij
check "it serves" within 60 crictl version
[ -n "$(crictl images -q registry.k8s.io/e2e-test-images/nginx:1.14-2)" ] || crij images load -i /work/image.tar >/dev/null
scopes() { systemctl list-units --all --plain --no-legend 'crij-*.scope' | wc -l; }
scopes_before=$(scopes)
printf '{"metadata": {"name": "runs", "namespace": "handler", "uid": "runs"}, "log_directory": "/var/log/pods/handler", "linux": {"cgroup_parent": "%s", "security_context": {"namespace_options": {"network": 2}}}}' \
  kubepods-burstable-podab12.slice >/root/handler.json
# handled NAME RESOURCES COMMAND : its id.
handled() {
  printf '{"metadata": {"name": "%s"}, "image": {"image": "registry.k8s.io/e2e-test-images/nginx:1.14-2"}, "command": ["sh", "-c", "%s"], "log_path": "%s.log", "linux": {"resources": %s}}' "$1" "$3" "$1" "$2" >/root/handled.json
  crictl create "$p" /root/handled.json /root/handler.json
}
p=$(crictl runp -r runc /root/handler.json)
c=$(handled steady '{"memory_limit_in_bytes": 67108864, "cpu_quota": 50000, "cpu_period": 100000}' "sleep 1000000")
check "a container of runc starts in a slice" crictl start "$c"
pid=$(container_pid "$c")
scope=kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podab12.slice/crij-$c.scope
same "it is in a group of its scope" "0::/$scope/container" "$(grep '^0::' "/proc/$pid/cgroup")"
same "alone" "$pid" "$(cat "/sys/fs/cgroup/$scope/container/cgroup.procs")"
starters() { wc -l <"/sys/fs/cgroup/$scope/starter/cgroup.procs"; }
check "what started it is beside it" within 10 gives 1 starters
limits() { cat "/sys/fs/cgroup/$scope/container"/{memory.max,cpu.max} | tr '\n' ' '; }
same "its limits are the kernel's" "67108864 50000 100000 " "$(limits)"
check "systemctl daemon-reload" systemctl daemon-reload
same "a reload keeps them" "67108864 50000 100000 " "$(limits)"
check "limits are changed" crictl update --memory 83886080 --cpu-quota 70000 --cpu-period 100000 "$c"
systemctl daemon-reload
same "and kept" "83886080 70000 100000 " "$(limits)"
check "exec answers" crictl exec "$c" true
check "systemctl restart crij" systemctl restart crij
check "it serves again" within 60 crictl version
same "its container runs as before" "$pid CONTAINER_RUNNING" "$(container_pid "$c") $(container_state "$c")"
oom=$(handled oom '{"memory_limit_in_bytes": 16777216, "memory_swap_limit_in_bytes": 16777216}' 'a=x; while :; do a=$a$a; done')
check "one with little memory starts" crictl start "$oom"
check "and ends for want of more" within 60 sh -c "[ \"\$('$TOOLS/crictl' --config /work/crictl.yaml inspect $oom | jq -r .status.state)\" = CONTAINER_EXITED ]"
same "as OOMKilled" OOMKilled "$(crictl inspect "$oom" | jq -r .status.reason)"
bad=$(handled bad '{}' true)
sed -i 's/"command": .*"log_path"/"command": ["\/none"], "log_path"/; s/"bad"/"worse"/' /root/handled.json
bad=$(crictl create "$p" /root/handled.json /root/handler.json)
check "a start that fails says what the runtime says" contains /none "$("$TOOLS/crictl" --config /work/crictl.yaml start "$bad" 2>&1 || true)"
check "stop" crictl stop -t 1 "$c"
crictl rmp -f "$p" >/dev/null
check "no scope is left" within 10 sh -c "[ \$(systemctl list-units --all --plain --no-legend 'crij-*.scope' | wc -l) = $scopes_before ]"
gone() { [ -z "$(find /sys/fs/cgroup -name "*$c*" -o -name "*podab12*")" ]; }
check "no folder either" within 10 gone
check "runc knows nothing any more" within 10 gives "" ls /run/crij/oci/runc
sed -i '/^\[runtimes.runc\]$/,$d' /etc/crij/config.toml
check "the handler is taken away" systemctl restart crij
check "and the daemon serves without it" within 60 crictl version
check "its state's folder is gone" within 5 fails test -e /run/crij/oci/runc
