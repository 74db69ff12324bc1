# CPU and memory are changed while a container runs. Sourced; needs control-plane.sh.

# resize_to CPU MEMORY : limits; requests are half of it.
resize_to() {
  cat >"$NODE/resize.json" <<END
{"spec": {"containers": [{"name": "works", "resources": {"limits": {"cpu": "$1", "memory": "$2"}, "requests": {"cpu": "100m", "memory": "32Mi"}}}]}}
END
  api patch api/v1/namespaces/default/pods/resized/resize "$NODE/resize.json" application/strategic-merge-patch+json >/dev/null
}

of_resized() { object resized ".status.containerStatuses[0] | $1"; }
resized_to() { equal "$1" "$(of_resized '.resources.limits | "\(.cpu) \(.memory)"')"; }

# limits_of ID : CPU time in 100 ms, and memory.
limits_of() {
  local cpu memory
  cpu=$(cgroup_of_container "$1" cpu) memory=$(cgroup_of_container "$1" memory)
  if [ "$CGROUP_VERSION" = 1 ]; then
    cat "$cpu/cpu.cfs_quota_us" "$memory/memory.limit_in_bytes"
  else
    awk '{ print $1 }' "$cpu/cpu.max" "$memory/memory.max"
  fi | paste -sd ' '
}

try_resize() {
  local id
  make_pod resized >/dev/null
  check "the pod runs" within 60 object_says resized true '.status.containerStatuses[0].ready'
  id=$(of_resized .containerID | sed 's,.*//,,')
  resize_to 300m 128Mi
  check "more CPU and memory: the status has them" within 60 resized_to "300m 128Mi"
  check "and the kernel" within 30 gives "30000 134217728" limits_of "$id"
  resize_to 100m 48Mi
  check "less of both: the status has them" within 60 resized_to "100m 48Mi"
  check "and the kernel" within 30 gives "10000 50331648" limits_of "$id"
  check "nothing of it waits" within 60 object_says resized "" '.status.conditions[] | select(.type | startswith("PodResize")) | .message'
  same "it is the same container" "$id 0" "$(of_resized '"\(.containerID | sub(".*//"; "")) \(.restartCount)"')"
}
