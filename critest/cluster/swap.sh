# A pod's share of the swap: with LimitedSwap as large a part of it as the container requests of the memory. Sourced; needs control-plane.sh.
# Only of cgroup v2, and never of static pods, which kubelet takes for critical.

of_swaps() { object swaps ".status.containerStatuses[] | select(.name == \"$1\") | $2"; }

# swap_share BYTES : in whole pages, as the kernel keeps it.
swap_share() {
  awk -v request="$1" '$1 == "MemTotal:" { memory = $2 } $1 == "SwapTotal:" { swap = $2 * 1024 } END { printf "%d\n", int(request / (memory * 1024) * swap / 4096) * 4096 }' /proc/meminfo
}

# swap_file CONTAINER FILE
swap_file() { cat "$(cgroup_of_container "$(of_swaps "$1" .containerID | sed 's,.*//,,')" memory)/memory.swap.$2"; }

try_swap() {
  make_pod swaps >/dev/null
  check "a pod that may swap runs" within 90 object_says swaps 2 '[.status.containerStatuses[] | select(.ready)] | length'
  check "the node has swap" test "$(swap_share 62914560)" -gt 16777216
  same "its share is in the kernel" "$(swap_share 62914560)" "$(swap_file holds max)"
  same "a container that requests what its limit is has none" 0 "$(swap_file guarded max)"
  check "more than the memory limit is held" within 90 gives held kubectl logs swaps -c holds
  check "what does not fit is in the swap" test "$(swap_file holds current)" -ge 6291456
  check "and kubelet's figures tell it" within 60 swap_is_told
  same "nothing was killed for it" 0 "$(of_swaps holds .restartCount)"
}

swap_is_told() {
  kubelet_get stats/summary | jq -e '.pods[] | select(.podRef.name == "swaps").containers[] | select(.name == "holds").swap.swapUsageBytes > 1000000' >/dev/null
}
