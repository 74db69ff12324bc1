# crictl runs a pod, on a bridge without masquerading: the kernel here has no address translation.

mkdir -p /etc/cni/net.d /var/log/pods/web
cat >/etc/cni/net.d/10-test.conflist <<'CONF'
{"cniVersion": "1.0.0", "name": "test", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
CONF
write_pod web 0
check "an image is loaded from a file" crij images load -i /work/image.tar
network_ready() { crictl info | jq -e '.status.conditions[] | select(.type == "NetworkReady") | .status'; }
check "the network is ready soon after its configuration" within 20 network_ready
start_pod
check "the container runs" runs
address=$(crictl inspectp "$(kept pod)" | jq -r .status.network.ip)
check "its page can be fetched" curl -sS -f --retry 10 --retry-connrefused --retry-delay 1 -o /dev/null "http://$address/"
check "exec answers" crictl exec "$(kept container)" true
group=$(sed -n 's/^0:://p' "/proc/$(kept pid)/cgroup")
same "its memory is limited" 67108864 "$(cat "/sys/fs/cgroup$group/memory.max")"
check "it is not in the daemon's own group" fails contains crij.service "$group"
