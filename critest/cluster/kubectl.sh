# What an operator types: each command goes through the API server and kubelet to the runtime. Sourced; needs control-plane.sh.

try_kubectl() {
  check "kubectl apply" kubectl apply -f "$CRIJ_HOME/critest/cluster/pods/typed.yaml"
  check "kubectl wait: the pod is Ready" kubectl wait --for=condition=Ready --timeout=150s pod/typed
  check "kubectl get node: it is Ready, and its runtime is this" contains "Ready crij://" \
    "$(kubectl get node "$NODE_NAME" -o wide --no-headers | awk '{ print $2, $NF }')"
  try_kubectl_exec
  try_kubectl_logs
  try_kubectl_cp
  try_kubectl_streams
  try_kubectl_debug
  check "kubectl events: its containers were started" within 60 shows " Started " kubectl events --for pod/typed
  check "kubectl delete: the pod is gone" kubectl delete pod typed --timeout=150s
}

try_kubectl_exec() {
  same "kubectl exec: output, errors apart, and the exit code" "out 7" "$( (kubectl exec typed -c shell -- sh -c 'echo out; echo err >&2; exit 7' 2>/dev/null; echo $?) | paste -sd ' ')"
  same "kubectl exec -i: the input arrives and ends" piped "$(echo piped | kubectl exec -i typed -c shell -- cat)"
}

try_kubectl_logs() {
  check "kubectl logs --tail" within 60 gives 3 lines_of_tail
  check "kubectl logs -f goes on" within 60 followed
  check "kubectl logs --timestamps --since" within 60 recent
}

lines_of_tail() { kubectl logs typed -c shell --tail=3 | wc -l; }
recent() { kubectl logs typed -c shell --timestamps --since=10s | tail -1 | grep -Eq '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+) line [0-9]+$'; }
# It ends when nobody takes its lines any more.
followed() { equal 5 "$(PATIENCE=30 kubectl logs -f typed -c shell --tail=1 | head -5 | wc -l)"; }

try_kubectl_cp() {
  head -c 3000000 /dev/urandom >"$NODE/sent"
  check "kubectl cp: a file into the pod" kubectl cp "$NODE/sent" typed:/tmp/sent -c shell
  check "kubectl cp: and back" kubectl cp typed:tmp/sent "$NODE/back" -c shell
  check "it is the same" cmp "$NODE/sent" "$NODE/back"
}

try_kubectl_streams() {
  local forward
  check "kubectl attach -i: the program hears and answers" within 60 attached
  HOME=$NODE KUBECONFIG=$NODE/api/kubeconfig "$TOOLS/kubectl" port-forward pod/typed "$HOST_PORT:80" >"$NODE/log/forward" 2>&1 &
  forward=$!
  check "kubectl port-forward: the page comes" within 30 forwarded
  stop_process "$forward"
  same "kubectl run --rm -i: a program hears, answers and is gone" heard \
    "$(echo heard | kubectl run asked --image=registry.k8s.io/e2e-test-images/busybox:1.29-2 --restart=Never --rm -i -q -- sh -c 'read -r word; echo $word' 2>/dev/null)"
}

attached() { contains "you said hello" "$( (echo hello; sleep 2) | PATIENCE=5 kubectl attach -q -i typed -c echoes || true)"; }
forwarded() { contains "Hello from a pod" "$(curl -sS --noproxy '*' -m 5 "http://127.0.0.1:$HOST_PORT/")"; }

try_kubectl_debug() {
  # It waits for a line: kubectl may come too late for what ends at once.
  check "kubectl debug --target: tools of another image see the container's processes" contains nginx \
    "$(echo go | kubectl debug typed -i -q --image=registry.k8s.io/e2e-test-images/busybox:1.29-2 --target=web --profile=general -- sh -c 'read -r go; ps' 2>&1)"
}
