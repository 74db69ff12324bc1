# What needs an API server of a pod's volumes, and a handler by RuntimeClass. Sourced; needs control-plane.sh.

try_volumes() {
  make_pod volumes >/dev/null
  check "a pod with all sources of a projected volume runs" within 60 object_says volumes true '.status.containerStatuses[0].ready'
  same "config map, secret and labels are there" 'blue sesame colour="green" ' "$(in_object volumes reads sh -c 'cat /told/colour; echo; cat /told/password; echo; cat /told/labels; echo' | tr '\n' ' ')"
  check "and a token" test "$(in_object volumes reads sh -c 'wc -c </told/token')" -gt 100
  same "a config map is in the environment" blue "$(in_object volumes reads sh -c 'echo $COLOUR')"
  same "a mount is read-only all the way down" Enabled "$(object volumes '.status.containerStatuses[0].volumeMounts[] | select(.mountPath == "/work").recursiveReadOnly')"
  check "as the kernel has it" contains "Read-only file system" "$(in_object volumes reads touch /work/x 2>&1)"
}

# in_object POD CONTAINER COMMAND...
in_object() { local pod=$1 container=$2; shift 2; kubelet_client exec "$pod" "$container" -- "$@"; }
