# What kubelet hands out of the machine itself: huge pages and whole processors. Sourced; needs kubelet.sh, numbers.sh.

start_resources() { run_pods quality; }

HUGE_PAGES=/proc/sys/vm/nr_hugepages

# kubelet looks when it starts how many huge pages there are. It does not start with what it noted of processors under another policy.
try_resources() {
  if on_user_mode_linux; then try_without_resources; else try_with_resources; fi
}

# critest/uml/KNOWN.md says why. With a kernel that can, this fails, and the line there can go.
try_without_resources() {
  check "this kernel has no huge pages" test ! -e "$HUGE_PAGES"
  check "and no processors to share out" fails grep -qw cpuset /sys/fs/cgroup/cgroup.controllers
}

try_with_resources() {
  HUGE_PAGES_BEFORE=$(cat "$HUGE_PAGES")
  check "the machine has huge pages" within 30 have_huge_pages $((HUGE_PAGES_BEFORE + 4))
  kill_kubelet
  rm -f /var/lib/kubelet/cpu_manager_state
  write_kubelet_config "PodAndContainerStatsFromCRI: true"
  printf 'cpuManagerPolicy: static\ncpuManagerReconcilePeriod: 1s\nsystemReserved: {cpu: 100m}\n' >>"$NODE/kubelet.yaml"
  start_kubelet
  run_pods huge exclusive
  try_huge_pages
  try_exclusive_cpu
  end_pod huge
  end_pod exclusive
  check "when the pod is gone, its processor is everybody's again" within 90 allowed quality works "$ALL_CPUS"
  kill_kubelet
  rm -f /var/lib/kubelet/cpu_manager_state
  write_kubelet_config
  start_kubelet
}

# The kernel makes as many as it finds room for.
have_huge_pages() {
  echo 1 >/proc/sys/vm/compact_memory
  echo "$1" >"$HUGE_PAGES"
  [ "$(cat "$HUGE_PAGES")" -ge "$1" ]
}

try_huge_pages() {
  check "a pod with huge pages runs" within 90 all_ready huge
  check "it has those that it asked for, and no more" within 30 has_said "two no third" huge holds
  same "the limit is in the kernel" 4194304 "$(in_kernel "" huge holds "$(hugetlb_file)")"
  check "and the metrics tell what it uses" within 30 metric_is 'container_hugetlb_usage_bytes{container="holds".*pagesize="2MB"' 4194304
}

# has_said WORDS POD CONTAINER : the lines that it has written, as one.
has_said() { equal "$1" "$(kubelet_get "containerLogs/default/$2-$NODE_NAME/$3" | paste -sd ' ')"; }

# Of a node with both versions of cgroups, hugetlb is often left to version 2.
hugetlb_file() {
  if [ -d /sys/fs/cgroup/hugetlb ]; then echo hugetlb/hugetlb.2MB.limit_in_bytes; else echo unified/hugetlb.2MB.max; fi
}

# metric_is PATTERN VALUE : of kubelet's metrics of containers.
metric_is() { kubelet_get metrics/cadvisor | awk -v pattern="$1" -v value="$2" '$0 ~ pattern && $2 + 0 == value { found = 1 } END { exit !found }'; }

try_exclusive_cpu() {
  local own
  check "a pod with a processor of its own runs" within 90 all_ready exclusive
  ALL_CPUS=$(awk '$1 == "Cpus_allowed_list:" { print $2 }' /proc/self/status)
  check "it may use that one only" within 30 one_cpu exclusive alone
  own=$(cpus_of exclusive alone)
  check "and the others all but that" within 30 without_cpu "$own" quality works
}

cpus_of() { in_pod "$1" "$2" awk '$1 == "Cpus_allowed_list:" { print $2 }' /proc/1/status; }
allowed() { equal "$3" "$(cpus_of "$1" "$2")"; }
one_cpu() { cpus_of "$1" "$2" | grep -qx '[0-9]*'; }

# without_cpu CPU POD CONTAINER
without_cpu() {
  local rest
  rest=$(cpus_of "$2" "$3")
  [ -n "$rest" ] && echo "$rest" | awk -F, -v cpu="$1" '{ for (i = 1; i <= NF; i++) { split($i, of, "-"); if (of[1] <= cpu && cpu <= (of[2] == "" ? of[1] : of[2])) exit 1 } }'
}

give_huge_pages_back() { echo "$HUGE_PAGES_BEFORE" >"$HUGE_PAGES"; }
