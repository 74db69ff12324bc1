# An API server over Debian's etcd, for a kubelet that is a node of a cluster. Sourced; needs checks.sh, node.sh, kubelet.sh.

# Of the same release as kubelet.
need_control_plane() { alone tools make_control_plane; }

make_control_plane() {
  local go command commands=()
  for command in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    [ "$TOOLS/$command" -nt "$CRIJ_HOME/critest/kubelet/go.mod" ] || commands+=("k8s.io/kubernetes/cmd/$command")
  done
  [ ${#commands[@]} -gt 0 ] || return 0
  go=$(find_go) || go=$(fetch_go)
  say "building the control plane $KUBELET_VERSION"
  build_kubernetes "$go" "${commands[@]}"
}

API_TOKEN=token-of-this-run

# make_node_address : kubelet of a cluster has an address that is not loopback; sets NODE_IP, on an interface of its own.
make_node_address() {
  NODE_LINK=${BRIDGE}n
  NODE_IP=198.18.$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
  ip link add "$NODE_LINK" type bridge
  ip addr add "$NODE_IP/32" dev "$NODE_LINK"
  ip link set "$NODE_LINK" up
}

# start_api_server : after make_node_address; sets API (URL), API_PID, ETCD_PID.
start_api_server() {
  local port dir=$NODE/api
  port=$(free_ports 3)
  API=https://127.0.0.1:$port
  mkdir -p "$dir"
  openssl genrsa -out "$dir/service-account.key" 2048 2>/dev/null
  echo "$API_TOKEN,admin,admin,system:masters" >"$dir/tokens"
  etcd --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$((port + 1))" --advertise-client-urls "http://127.0.0.1:$((port + 1))" \
    --listen-peer-urls "http://127.0.0.1:$((port + 2))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 2))" \
    --initial-cluster "default=http://127.0.0.1:$((port + 2))" </dev/null >"$NODE/log/etcd" 2>&1 &
  ETCD_PID=$!
  "$TOOLS/kube-apiserver" --etcd-servers "http://127.0.0.1:$((port + 1))" --bind-address 127.0.0.1 --secure-port "$port" --cert-dir "$dir/pki" \
    --service-cluster-ip-range 10.96.0.0/24 --token-auth-file "$dir/tokens" --authorization-mode RBAC \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/service-account.key" \
    --service-account-signing-key-file "$dir/service-account.key" --kubelet-preferred-address-types InternalIP \
    --advertise-address "$NODE_IP" </dev/null >"$NODE/log/api-server" 2>&1 &
  API_PID=$!
  cat >"$dir/kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "$API", insecure-skip-tls-verify: true}}]
users: [{name: test, user: {token: $API_TOKEN}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
END
  within 90 api_answers || { tail -20 "$NODE/log/api-server" >&2; say "the API server did not start; the above are its last lines" >&2; return 1; }
}

# start_controllers : and the scheduler.
start_controllers() {
  local port dir=$NODE/api
  port=$(free_ports 2)
  "$TOOLS/kube-controller-manager" --kubeconfig "$dir/kubeconfig" --leader-elect=false --bind-address 127.0.0.1 --secure-port "$port" \
    --service-account-private-key-file "$dir/service-account.key" --root-ca-file "$dir/pki/apiserver.crt" \
    </dev/null >"$NODE/log/controllers" 2>&1 &
  CONTROLLERS_PID=$!
  "$TOOLS/kube-scheduler" --kubeconfig "$dir/kubeconfig" --leader-elect=false --bind-address 127.0.0.1 --secure-port $((port + 1)) \
    </dev/null >"$NODE/log/scheduler" 2>&1 &
  SCHEDULER_PID=$!
}

api_answers() { kill -0 "$API_PID" && api get readyz; }

# api METHOD PATH [FILE [TYPE]] : sends the file, YAML unless the type says otherwise.
api() {
  local send=()
  [ -z "${3:-}" ] || send=(-H "Content-Type: ${4:-application/yaml}" --data-binary "@$3")
  curl -sS --fail-with-body -k --noproxy '*' -m 60 -X "${1^^}" -H "Authorization: Bearer $API_TOKEN" "${send[@]}" "$API/$2"
}

# kubectl ARGUMENTS... : gives up after $PATIENCE seconds.
kubectl() { HOME=$NODE KUBECONFIG=$NODE/api/kubeconfig timeout "${PATIENCE:-180}" "$TOOLS/kubectl" "$@"; }

# join_cluster : kubelet is started as a node of it.
join_cluster() {
  sed -i -e "s/^address: .*/address: $NODE_IP/" "$NODE/kubelet.yaml"
  KUBELET_FLAGS=(--kubeconfig "$NODE/api/kubeconfig" --node-ip "$NODE_IP")
  KUBELET_ADDRESS=$NODE_IP
  start_kubelet
}

# make_objects : what the pods of critest/cluster/pods refer to.
make_objects() {
  local of=$CRIJ_HOME/critest/cluster/objects
  api post api/v1/namespaces/default/configmaps "$of/settings.yaml" && api post api/v1/namespaces/default/secrets "$of/password.yaml" \
    && api post api/v1/namespaces/default/serviceaccounts "$of/account.yaml" && api post apis/node.k8s.io/v1/runtimeclasses "$of/class.yaml"
}

# make_pod NAME : of critest/cluster/pods.
make_pod() { api post api/v1/namespaces/default/pods "$CRIJ_HOME/critest/cluster/pods/$1.yaml"; }

# object POD FILTER : of a pod as the API server has it.
object() { api get "api/v1/namespaces/default/pods/$1" | jq -r "$2"; }
object_says() { equal "$2" "$(object "$1" "$3")"; }

unmake_control_plane() {
  local pid
  # On SIGTERM the API server waits up to a minute for its own watches, and what it keeps is thrown away.
  [ -z "${API_PID:-}" ] || { kill -KILL "$API_PID" && wait "$API_PID"; } 2>/dev/null || true
  for pid in ${SCHEDULER_PID:-} ${CONTROLLERS_PID:-} ${ETCD_PID:-}; do stop_process "$pid"; done
  [ -z "${NODE_LINK:-}" ] || ip link del "$NODE_LINK" 2>/dev/null || true
  SCHEDULER_PID='' CONTROLLERS_PID='' API_PID='' ETCD_PID='' NODE_LINK=''
}
