# cgroup v1 under systemd, beside an empty tree of version 2: auto is cgroupfs there; the systemd driver has to be asked for.

V1=/sys/fs/cgroup
check "systemd runs version 1" sh -c "[ -d $V1/memory ] && [ \$(stat -f -c %T $V1/unified) = cgroup2fs ]"
rm -f /etc/crij/config.toml.d/driver.toml
systemctl restart crij
same "auto is cgroupfs" cgroupfs "$(crictl info | jq -r .config.cgroupDriver)"
CGROUP_PARENT=/kubepods/pod7e write_pod plain 0
start_pod
check "a pod runs" runs
same "its memory is limited" 67108864 "$(cat "$V1/memory/kubepods/pod7e/crij-$(kept container)/memory.limit_in_bytes" "$V1/memory/kubepods/pod7e/$(kept container)/memory.limit_in_bytes" 2>/dev/null)"
systemctl daemon-reload
check "exec answers" crictl exec "$(kept container)" true

printf '[cgroup]\ndriver = "systemd"\n' >/etc/crij/config.toml.d/driver.toml
check "the daemon gets the systemd driver" systemctl restart crij
same "and says so" systemd "$(crictl info | jq -r .config.cgroupDriver)"
check "the pod of before runs on" runs
crictl rmp -f "$(kept pod)" >/dev/null
slice=kubepods-burstable-pod7f.slice
path=kubepods.slice/kubepods-burstable.slice/$slice
CGROUP_PARENT=/$path write_pod scoped 0
start_pod
check "a pod runs in a slice" runs
scope=crij-$(kept container).scope
for controller in memory cpu pids name=systemd; do
  check "its process is in the scope of $controller" grep -Eq "^[0-9]+:([a-z_=]*,)*$controller(,[a-z_=]*)*:/$path/$scope\$" "/proc/$(kept pid)/cgroup"
done
limits() { cat "$V1/memory/$path/$scope/memory.limit_in_bytes" "$V1/cpu/$path/$scope/cpu.shares" | paste -sd ' '; }
same "its limits are in the kernel" "67108864 512" "$(limits)"
same "and in the unit" "67108864 512" "$(systemctl show -P MemoryLimit "$scope") $(systemctl show -P CPUShares "$scope")"
systemctl daemon-reload
same "a reload keeps them" "67108864 512" "$(limits)"
check "they are changed" crictl update --memory 83886080 "$(kept container)"
systemctl daemon-reload
same "and a reload keeps that" "83886080 512" "$(limits)"
check "exec answers" crictl exec "$(kept container)" true
check "systemctl restart crij" systemctl restart crij
check "the container is the same process" runs
check "the pod is removed" crictl rmp -f "$(kept pod)"
check "its scope is gone" within 10 fails sh -c "[ \$(systemctl show -P LoadState $scope) = loaded ]"
check "and its folders" within 10 fails sh -c "find $V1 -name '*$(kept container)*' | grep ."
