# A pod fills the disk: it goes, and the node is well again. Sourced; needs control-plane.sh.

pressure() { node_says "$1" '.status.conditions[] | select(.type == "DiskPressure").status'; }

try_eviction() {
  check "there is room on the disk" within 60 pressure False
  make_pod fills >/dev/null
  check "a pod that fills the disk is evicted" within 90 object_says fills "Failed Evicted" '.status | "\(.phase) \(.reason)"'
  check "and told why" contains "low on resource: ephemeral-storage" "$(object fills .status.message)"
  check "the node says so" within 30 pressure True
  same "the others run" "true" "$(object resized '.status.containerStatuses[0].ready')"
  check "and the node is well again when its files are gone" within 90 pressure False
}
