# crictl runs a pod, on a bridge without masquerading: the kernel here has no address translation.

mkdir -p /etc/cni/net.d /var/log/pods/web
cat >/etc/cni/net.d/10-test.conflist <<'CONF'
{"cniVersion": "1.0.0", "name": "test", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
CONF
image=registry.k8s.io/e2e-test-images/nginx:1.14-2
cat >/root/pod.json <<'CONF'
{"metadata": {"name": "web", "namespace": "default", "uid": "web", "attempt": 0}, "hostname": "web", "log_directory": "/var/log/pods/web", "linux": {}}
CONF
cat >/root/container.json <<CONF
{"metadata": {"name": "web"}, "image": {"image": "$image"}, "log_path": "web.log",
 "linux": {"resources": {"memory_limit_in_bytes": 67108864, "cpu_shares": 512}}}
CONF
check "an image is loaded from a file" crij images load -i /work/image.tar
check "the network is ready soon after its configuration" within 20 sh -c 'crij status --output json | grep -q . && "$0" --config /work/crictl.yaml info | jq -e ".status.conditions[] | select(.type == \"NetworkReady\") | .status"' "$TOOLS/crictl"
pod=$(crictl runp /root/pod.json)
container=$(crictl create "$pod" /root/container.json /root/pod.json)
check "a container starts" crictl start "$container"
echo "$pod" >/root/pod
echo "$container" >/root/container
container_pid "$container" >/root/pid
address=$(crictl inspectp "$pod" | jq -r .status.network.ip)
check "its page can be fetched" curl -sS -f --retry 10 --retry-connrefused --retry-delay 1 -o /dev/null "http://$address/"
check "exec answers" crictl exec "$container" true
group=$(sed -n 's/^0:://p' "/proc/$(cat /root/pid)/cgroup")
same "its memory is limited" 67108864 "$(cat "/sys/fs/cgroup$group/memory.max")"
check "it is not in the daemon's own group" fails contains crij.service "$group"
