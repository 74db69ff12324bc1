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
  same "its exit code and reason are kept" "3 Error" "$(of_pod restarts "$(container fails) | .lastState.terminated | \"\\(.exitCode) \\(.reason)\"")"
  same "its message is what it wrote into the file" "the last words" "$(of_pod restarts "$(container fails) | .lastState.terminated.message")"
  same "or the end of its log" "to stdout and to stderr" "$(of_pod restarts "$(container last-log-lines) | .lastState.terminated.message" | tr '\n' ' ' | sed 's/ *$//')"
  same "a container over its memory limit was OOMKilled" "137 OOMKilled" "$(of_pod restarts "$(container eats-memory) | [.lastState, .state][].terminated // empty | \"\\(.exitCode) \\(.reason)\"" | head -1)"
  check "a program that is not there is named" within 90 pod_says restarts true "$(container no-such-program) | .state.waiting.message // \"\" | contains(\"'/no/such/program' was not found\")"
  # kubelet may have just removed the container of the run before.
  check "logs of the run before are there" within 90 has_previous_log
  check "an image that is not there is named" within 90 pod_says no-image true "$(container waits) | .state.waiting | (.reason | test(\"ImagePull\")) and (.message | contains(\"such-image:1\"))"
  same "and the containers beside it run" true "$(of_pod no-image "$(container runs) | .ready")"
  same "the status names the image, not its number" registry.k8s.io/e2e-test-images/busybox:1.29-2 "$(of_pod no-image "$(container runs) | .image")"
}

has_previous_log() { contains "a run" "$(kubelet_get "containerLogs/default/restarts-$NODE_NAME/fails?previous=true")"; }

try_once() {
  check "a pod that is done has succeeded" within 90 pod_says once Succeeded .status.phase
  same "init containers, the sidecar and the main container took their turns" "first sidecar second main main ends sidecar ends " \
    "$(of_pod once "$(container sidecar) | .state.terminated.message" | tr '\n' ' ' | tr -s ' ')"
  same "the sidecar ended well, after the others" "0 true" \
    "$(of_pod once '.status | (.initContainerStatuses[] | select(.name == "sidecar").state.terminated) as $sidecar | "\($sidecar.exitCode) \($sidecar.finishedAt >= .containerStatuses[0].state.terminated.finishedAt)"')"
}

try_hooks() {
  local began at
  check "a postStart that fails ends its container" within 90 pod_says hooks true "$(container hook-fails) | .restartCount > 0"
  same "postStart ran" postStart "$(cat "$NODE/hooks/polite")"
  check "the others of its pod run" within 90 pod_says hooks 4 '[.status.containerStatuses[] | select(.name != "hook-fails" and .ready)] | length'
  began=$SECONDS at=$(date +%s)
  end_pod hooks
  check "a pod that is taken away ends" within 90 gone hooks
  same "preStop came before the signal" "postStart preStop TERM " "$(tr '\n' ' ' <"$NODE/hooks/polite")"
  same "by HTTP too" "preStop TERM" "$(paste -sd ' ' "$NODE/hooks/asked")"
  check "and one that sleeps 3 s put the signal off" test "$(cat "$NODE/hooks/slept")" -ge $((at + 3))
  same "one that does not listen was asked once, then killed" "TERM" "$(cat "$NODE/hooks/deaf")"
  check "after its grace period and not much later" test $((SECONDS - began)) -ge 8 -a $((SECONDS - began)) -le $((40 * ${SLOWNESS:-1}))
}

gone() { [ -z "$(of_pod "$1" .metadata.name)" ] && [ -z "$(crictl ps -q --label "io.kubernetes.pod.name=$1-$NODE_NAME")" ]; }
