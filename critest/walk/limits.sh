# The limits asked for are the kernel's, and a container that exceeds its memory is told so. Sourced.

# cgroup_value PID CONTROLLER FILE_OF_V1 FILE_OF_V2 : what stands there for the process's cgroup.
cgroup_value() {
  local path
  path=$(sed -nE "s/^[0-9]+:([^:]*,)?$2(,[^:]*)?://p" "/proc/$1/cgroup")
  if [ -n "$path" ]; then
    cat "/sys/fs/cgroup/$2$path/$3"
  else
    path=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
    cat "/sys/fs/cgroup$path/$4"
  fi
}

# memory_limit PID : in bytes, or "max" on v2.
memory_limit() { cgroup_value "$1" memory memory.limit_in_bytes memory.max; }

# cpu_quota PID : microseconds of a period, -1 on v1 and "max" on v2 for none.
cpu_quota() { cgroup_value "$1" cpu cpu.cfs_quota_us cpu.max | cut -d' ' -f1; }

walk_limits() {
  local id
  check "pull busybox" crictl pull $BUSYBOX
  new_pod limits || { check "runp" false; return 0; }
  new_container limits bounded $BUSYBOX '"command": ["sleep", "1000"], "linux": {"resources": {"memory_limit_in_bytes": 67108864}}' || { check "create" false; return 0; }
  id=$CONTAINER
  check "start with a memory limit" crictl start "$id"
  same "the memory cgroup holds the limit" 67108864 "$(memory_limit "$(pid_of "$id")")"
  check "update" crictl update --memory 33554432 "$id"
  same "the updated limit is the kernel's" 33554432 "$(memory_limit "$(pid_of "$id")")"
  new_container limits greedy $BUSYBOX '"command": ["dd", "if=/dev/zero", "of=/dev/null", "bs=40M"],
    "linux": {"resources": {"memory_limit_in_bytes": 15728640, "memory_swap_limit_in_bytes": 15728640}}' || { check "create" false; return 0; }
  id=$CONTAINER
  check "start a container that wants too much" crictl start "$id"
  check "it ends" within 30 in_state "$id" EXITED
  same "its exit code is 137" 137 "$(field "$id" .status.exitCode)"
  same "its reason is OOMKilled" OOMKilled "$(field "$id" .status.reason)"
  new_container limits seven $BUSYBOX '"command": ["sh", "-c", "echo out; echo err >&2; exit 7"]' || { check "create" false; return 0; }
  id=$CONTAINER
  check "start a container that fails" crictl start "$id"
  check "it ends too" within 10 in_state "$id" EXITED
  same "its exit code is its own" 7 "$(field "$id" .status.exitCode)"
  check "stdout is in its log" within 10 grep -q ' stdout F out$' "$NODE/log/limits/seven.log"
  check "stderr is in its log" within 10 grep -q ' stderr F err$' "$NODE/log/limits/seven.log"
}
