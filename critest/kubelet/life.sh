# Starting, failing and ending: init and sidecar containers, back-off, messages of the dead, hooks. Sourced; needs kubelet.sh.

start_life() { run_pods restarts no-image once hooks; }

try_life() {
  try_failures
  try_once
  try_hooks
}

try_failures() {
  check "a container that fails is started again" within 90 pod_says restarts true "$(container fails) | .restartCount > 2"
  check "and waits longer each time" within 90 pod_says restarts CrashLoopBackOff "$(container fails) | .state.waiting.reason"
  # A run that has just ended may be the only one that kubelet keeps.
  check "its exit code and reason are kept" within 90 pod_says restarts "3 Error" "$(container fails) | .lastState.terminated | \"\\(.exitCode) \\(.reason)\""
  check "its message is what it wrote into the file" within 90 pod_says restarts "the last words" "$(container fails) | .lastState.terminated.message"
  check "or the end of its log" within 90 pod_says restarts "to stdout and to stderr" \
    "$(container last-log-lines) | .lastState.terminated.message // \"\" | split(\"\\n\") | map(select(. != \"\")) | join(\" \")"
  check "a container over its memory limit was OOMKilled" within 90 pod_says restarts "137 OOMKilled" \
    "$(container eats-memory) | [[.lastState, .state][].terminated // empty | \"\\(.exitCode) \\(.reason)\"] | first"
  check "a program that is not there is named" within 90 pod_says restarts true "$(container no-such-program) | .state.waiting.message // \"\" | contains(\"'/no/such/program' was not found\")"
  # kubelet may have just removed the container of the run before.
  check "logs of the run before are there" within 90 has_previous_log
  check "an image that is not there is named" within 90 pod_says no-image true "$(container waits) | .state.waiting | (.reason | test(\"ImagePull\")) and (.message | contains(\"such-image:1\"))"
  check "and the containers beside it run" within 90 pod_says no-image true "$(container runs) | .ready"
  same "the status names the image, not its number" registry.k8s.io/e2e-test-images/busybox:1.29-2 "$(of_pod no-image "$(container runs) | .image")"
}

has_previous_log() { contains "a run" "$(kubelet_get "containerLogs/default/restarts-$NODE_NAME/fails?previous=true")"; }

try_once() {
  check "a pod that is done has succeeded" within 90 pod_says once Succeeded .status.phase
  # The main container's end is the pod's; the sidecar may still be about to.
  check "init containers, the sidecar and the main container took their turns" within 90 pod_says once "first sidecar second main main ends sidecar ends" \
    "$(container sidecar) | .state.terminated.message // \"\" | split(\"\\n\") | map(select(. != \"\")) | join(\" \")"
  same "the sidecar ended well, after the others" "0 true" \
    "$(of_pod once '.status | (.initContainerStatuses[] | select(.name == "sidecar").state.terminated) as $sidecar | "\($sidecar.exitCode) \($sidecar.finishedAt >= .containerStatuses[0].state.terminated.finishedAt)"')"
}

try_hooks() {
  local began at
  check "a postStart that fails ends its container" within 90 pod_says hooks true "$(container hook-fails) | .restartCount > 0"
  check "the others of its pod run" within 90 pod_says hooks 4 '[.status.containerStatuses[] | select(.name != "hook-fails" and .ready)] | length'
  same "postStart ran" postStart "$(cat "$NODE/hooks/polite")"
  began=$SECONDS at=$(date +%s)
  end_pod hooks
  check "a pod that is taken away ends" within 90 gone hooks
  same "preStop came before the signal" "postStart preStop TERM " "$(tr '\n' ' ' <"$NODE/hooks/polite")"
  same "by HTTP too" "preStop TERM" "$(paste -sd ' ' "$NODE/hooks/asked")"
  check "and one that sleeps 3 s put the signal off" test "$(cat "$NODE/hooks/slept")" -ge $((at + 3))
  same "one that does not listen was asked once, then killed" "TERM" "$(cat "$NODE/hooks/deaf")"
  check "after its grace period and not much later" test $((SECONDS - began)) -ge 12 -a $((SECONDS - began)) -le $((40 * SLOWNESS))
}

gone() { [ -z "$(of_pod "$1" .metadata.name)" ] && [ -z "$(crictl ps -q --label "io.kubernetes.pod.name=$1-$NODE_NAME")" ]; }
