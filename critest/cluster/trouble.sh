# The runtime hangs, and the network is replaced: the node says what is wrong, and is Ready again by itself. Sourced; needs control-plane.sh,
# node.sh of this folder.

ready_is() { node_says "$1" '.status.conditions[] | select(.type == "Ready").status'; }

# unready_as WORDS
unready_as() { ready_is False && contains "$1" "$(of_node '.status.conditions[] | select(.type == "Ready").message')"; }

try_trouble() {
  kill_kubelet
  printf 'runtimeRequestTimeout: 5s\nnodeStatusUpdateFrequency: 2s\n' >>"$NODE/kubelet.yaml"
  start_kubelet
  check "a pod from before the trouble runs" runs_by_kubectl before
  try_hung_runtime
  try_other_network
}

runs_by_kubectl() {
  kubectl run "$1" --image=registry.k8s.io/e2e-test-images/busybox:1.29-2 --restart=Never -- sleep 100000 \
    && kubectl wait --for=condition=Ready --timeout=150s "pod/$1"
}

address_of() { kubectl get pod "$1" -o 'jsonpath={.status.podIP}'; }

# kubelet waits half a minute before it calls a runtime dead.
try_hung_runtime() {
  kill -STOP "$RUNTIME_PID"
  check "while the runtime hangs the node is not Ready, and says why" within 90 unready_as "container runtime is down"
  check "calls ended at their deadline" within 30 grep -q "code = DeadlineExceeded" "$NODE/log/kubelet"
  kill -CONT "$RUNTIME_PID"
  check "when it goes on the node is Ready by itself" within 60 ready_is True
  check "and the pod was not started anew" within 60 object_says before "true 0" '.status.containerStatuses[0] | "\(.ready) \(.restartCount)"'
}

try_other_network() {
  local conf=$NODE/cni/net.d/10-test.conflist other=10.199.${SUBNET##*.} lease
  lease=$NODE/cni/leases/crij-test/$(address_of before)
  check "the pod has its address of the first network" test -e "$lease"
  mv "$conf" "$NODE/cni/first"
  echo '{' >"$conf"
  check "with a broken network configuration the node is not Ready, and says why" within 60 unready_as "10-test.conflist"
  sed -e 's/"crij-test"/"crij-other"/' -e "s/$BRIDGE/${BRIDGE}b/" -e "s/$SUBNET/$other/" "$NODE/cni/first" >"$conf"
  check "with that of another network it is Ready by itself" within 60 ready_is True
  check "a new pod runs" runs_by_kubectl after
  check "in the other network" contains "$other." "$(address_of after)"
  check "the old pod ends" kubectl delete pod before --grace-period=1 --timeout=150s
  check "and its address of the first network is free again" within 30 test ! -e "$lease"
  kubectl delete pod after --grace-period=1 --timeout=150s >/dev/null
  mv "$NODE/cni/first" "$conf"
  ip link del "${BRIDGE}b"
}
