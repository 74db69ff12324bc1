# After everything is removed nothing is left: no process, mount, namespace, veth, lease, cgroup or file. Sourced.

# walk_cleanup TREES : TREES are the roots as the first start made them.
walk_cleanup() {
  check "rmp -fa" crictl rmp -fa
  check "rmi -a" crictl rmi -a
  check "no process is left" within 20 leftover_processes "$RUNTIME_PID" "${PODS[@]}"
  check "no cgroup is left" within 20 leftover_cgroups "${PODS[@]}"
  check "no network namespace is left" within 20 leftover_netns "${PODS[@]}"
  check "no mount is left" within 20 leftover_mounts "${PODS[@]}"
  check "no veth is left" within 20 leftover_veths
  check "no address lease is left" within 20 leftover_leases
  [ "$RUNTIME_UNDER_TEST" = crij ] || return 0
  check "the roots are as the first start made them" within 10 same_trees "$1"
}

same_trees() { diff <(printf '%s\n' "$1") <(tree_of "$NODE/root"; tree_of "$NODE/run"); }
