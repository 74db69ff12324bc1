# A container that comes into a running pod to look at another. Sourced; needs control-plane.sh, resize.sh, volumes.sh.

try_debug() {
  cat >"$NODE/debug.json" <<END
{"spec": {"ephemeralContainers": [{"name": "debugger", "image": "registry.k8s.io/e2e-test-images/nginx:1.14-2", "targetContainerName": "reads",
  "command": ["sleep", "90000"], "stdin": true, "tty": true}]}}
END
  check "a debugger is asked for" api patch api/v1/namespaces/default/pods/volumes/ephemeralcontainers "$NODE/debug.json" application/strategic-merge-patch+json
  check "and runs in the pod" within 60 object_says volumes true '.status.ephemeralContainerStatuses[0].state.running != null'
  check "it sees the processes of its target" contains "sleep 100000" "$(in_object volumes debugger ps)"
  check "has tools of its own" contains nginx "$(in_object volumes debugger which nginx)"
  same "and did not disturb" 0 "$(object volumes '.status.containerStatuses[0].restartCount')"
}
