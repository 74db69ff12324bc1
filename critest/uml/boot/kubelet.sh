# kubelet as a unit of the booted node, without an API server. Sourced after node.sh by scripts of critest/uml/systemd.d.

KUBELET_PODS=/etc/kubernetes/manifests
SHUTDOWN_SECONDS=60
PODS="guaranteed burstable besteffort"

install_kubelet() {
  mkdir -p "$KUBELET_PODS" /var/lib/kubelet
  # kubelet wants the clock rate of the processor, which this kernel does not tell.
  cat >/etc/systemd/system/kubelet.service <<CONF
[Unit]
Description=kubelet
After=crij.service
[Service]
ExecStartPre=/bin/sh -c "{ cat /proc/cpuinfo; printf 'cpu MHz\\\\t\\\\t: 1000.000\\\\n'; } >/run/cpuinfo && { mountpoint -q /proc/cpuinfo || mount --bind /run/cpuinfo /proc/cpuinfo; }"
ExecStart=/usr/local/sbin/kubelet --config /etc/kubernetes/kubelet.yaml --hostname-override node --cert-dir /var/lib/kubelet/pki --v 2
Restart=always
RestartSec=2
KillMode=process
[Install]
WantedBy=multi-user.target
CONF
  cat >/etc/kubernetes/kubelet.yaml <<CONF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$SOCKET
staticPodPath: $KUBELET_PODS
address: 127.0.0.1
readOnlyPort: 0
healthzPort: 0
enableDebuggingHandlers: true
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
failSwapOn: false
# The runtime says another.
cgroupDriver: ${1:-cgroupfs}
makeIPTablesUtilChains: false
resolvConf: ""
shutdownGracePeriod: ${SHUTDOWN_SECONDS}s
shutdownGracePeriodCriticalPods: 30s
fileCheckFrequency: 1s
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%, imagefs.inodesFree: 1%}
CONF
  # It is longer than one would read over hostfs at each start.
  [ -e /usr/local/sbin/kubelet ] || cp "$TOOLS/kubelet" /usr/local/sbin/kubelet
  systemctl daemon-reload
}

kubelet_get() { curl -sS -f -k -m 20 "https://127.0.0.1:10250/$1"; }

# run_pod NAME RESOURCES (JSON) : a static pod that needs three seconds to end, and writes when it was asked to and when it had. The image's signal is QUIT.
run_pod() {
  cat >"$KUBELET_PODS/.$1" <<CONF
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "$1", "namespace": "kube-system"},
 "spec": {"terminationGracePeriodSeconds": 30,
  "volumes": [{"name": "ends", "hostPath": {"path": "/var/log/ends", "type": "FileOrCreate"}}],
  "containers": [{"name": "$1", "image": "registry.k8s.io/e2e-test-images/nginx:1.14-2", "imagePullPolicy": "Never",
   "command": ["sh", "-c", "say() { echo $1 \$1 \$(cut -d. -f1 /proc/uptime) >>/ends; }; trap 'say asked; sleep 3; say ended; exit 0' TERM QUIT; while :; do sleep 0.2; done"],
   "volumeMounts": [{"name": "ends", "mountPath": "/ends"}], "resources": $2}]}}
CONF
  mv "$KUBELET_PODS/.$1" "$KUBELET_PODS/$1.yaml"
}

# id_of POD, pid_of POD, slice_of POD : of its running container; the slice is a path of cgroups.
id_of() { crictl ps -q --label "io.kubernetes.pod.name=$1-node"; }
pid_of() { container_pid "$(id_of "$1")"; }
slice_of() { sed -n 's,^0::\(/kubepods.*\)/[^/]*$,\1,p' "/proc/$(pid_of "$1")/cgroup"; }
loaded() { [ "$(systemctl show -P LoadState "$1")" = loaded ]; }

# all_run : kubelet says so of the three pods.
all_run() { equal "besteffort-node burstable-node guaranteed-node" "$(kubelet_get pods | jq -r '[.items[] | select([.status.containerStatuses[]?.ready] | (length > 0 and all)) | .metadata.name] | sort | join(" ")')"; }

# processes : each pod, its container and process.
processes() { for pod in $PODS; do echo "$pod $(id_of $pod) $(pid_of $pod)"; done; }

# kernel_limits, unit_limits : memory and CPU of each pod's slice, then of its container's scope.
kernel_limits() {
  local pod folder
  for pod in $PODS; do
    folder=/sys/fs/cgroup$(slice_of $pod)
    echo "$pod $(cat "$folder"/{memory.max,cpu.max} "$folder/crij-$(id_of $pod).scope"/{memory.max,cpu.max} | paste -sd ' ')"
  done
}

unit_limits() {
  local pod slice
  for pod in $PODS; do
    slice=$(slice_of $pod)
    echo "$pod $(systemctl show -P MemoryMax -P CPUQuotaPerSecUSec "${slice##*/}" "crij-$(id_of $pod).scope" | sed '/^$/d' | paste -sd ' ')"
  done
}

cat_all() { local pod; for pod in $PODS; do cat "/sys/fs/cgroup$(slice_of $pod)/$1" "/sys/fs/cgroup$(slice_of $pod)/crij-$(id_of $pod).scope/$1"; done | paste -sd ' '; }
