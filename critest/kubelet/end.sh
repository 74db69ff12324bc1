# All pods are taken away, and nothing of them is left. Last of all parts. Sourced; needs kubelet.sh, leaks.sh.

start_end() { :; }

try_end() {
  local ids
  mapfile -t ids < <(crictl pods -q)
  rm -f "$NODE/pods/"*.yaml
  check "kubelet ends all pods" within 90 no_containers_run
  check "and finds their cgroups empty" within 90 no_pod_cgroups
  check "and their folders" within 90 no_pod_folders
  crictl rmp -fa >/dev/null
  check "no cgroup is left" within 30 leftover_cgroups "${ids[@]}"
  check "no network namespace is left" within 30 leftover_netns "${ids[@]}"
  check "no interface is left" within 30 leftover_veths
  check "no address is left" within 30 leftover_leases
  check "no process is left" within 90 leftover_processes "$RUNTIME_PID" "${ids[@]}"
}

no_containers_run() { nothing "$(crictl ps -q)"; }
no_pod_cgroups() { nothing "$(node_cgroups | while read -r folder; do find "$folder" -type d -name 'pod*' 2>/dev/null; done)"; }
no_pod_folders() { nothing "$(ls /var/lib/kubelet/pods)"; }
