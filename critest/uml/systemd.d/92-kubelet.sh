# The node as kubeadm sets one up: kubelet is a unit beside the daemon's, learns the driver from it, and asks systemd-logind to wait for its
# pods when the machine is switched off. The last boot's package was purged: this node begins anew.

. "$CRIJ_HOME/critest/uml/boot/kubelet.sh"

check "the package is installed and serves" sh -c 'apt-get install -y /work/next.deb && systemctl enable --now crij'
crij images load -i /work/image.tar >/dev/null
# The journal of this boot is to be read in the next one.
mkdir -p /var/log/journal
journalctl --flush
install_kubelet
run_pod guaranteed '{"limits": {"cpu": "200m", "memory": "64Mi"}}'
run_pod burstable '{"requests": {"cpu": "100m", "memory": "32Mi"}, "limits": {"memory": "96Mi"}}'
run_pod besteffort '{}'
check "kubelet starts" systemctl enable --now kubelet
check "and runs a pod of each quality" within 90 all_run
same "kubelet took the driver from the runtime" systemd "$(kubelet_get configz | jq -r .kubeletconfig.cgroupDriver)"

for pod in $PODS; do
  same "$pod: a scope in its slice" "0::$(slice_of $pod)/crij-$(id_of $pod).scope" "$(grep '^0::' "/proc/$(pid_of $pod)/cgroup")"
done
scopes() { find /sys/fs/cgroup/kubepods.slice -name '*.scope' | wc -l; }
check "no other scope is there" within 10 gives 3 scopes
systemd-cgls --no-pager --xattr=no --cgroup-id=no -u kubepods.slice | cut -c 1-140 | sed 's/^/      /'
expected="guaranteed 67108864 20000 100000 67108864 20000 100000
burstable 100663296 max 100000 100663296 max 100000
besteffort max max 100000 max max 100000"
same "the limits of pods and containers, in the kernel" "$expected" "$(kernel_limits)"
properties="guaranteed 200ms 67108864 200ms 67108864
burstable infinity 100663296 infinity 100663296
besteffort infinity infinity infinity infinity"
same "and in the units" "$properties" "$(unit_limits)"
weights=$(cat_all cpu.weight)
systemctl daemon-reload
same "a reload of systemd keeps them" "$expected $weights" "$(kernel_limits) $(cat_all cpu.weight)"

before=$(processes)
check "kubelet is started anew" systemctl restart kubelet
check "and sees its pods" within 60 all_run
check "systemctl restart crij" systemctl restart crij
check "the daemon is killed" kill -KILL "$(main_pid)"
check "and comes again" within 60 crictl version
check "the pods are Ready" within 60 all_run
sleep 5
same "the processes are those that were" "$before" "$(processes)"

slice=$(slice_of burstable)
old=$(id_of burstable)
run_pod burstable '{"requests": {"cpu": "100m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}}'
changed() { [ -n "$(id_of burstable)" ] && [ "$(id_of burstable)" != "$old" ] && all_run; }
check "a pod whose limit changes is made anew" within 90 changed
same "with the new limit" "134217728 134217728" "$(cat "/sys/fs/cgroup$(slice_of burstable)/memory.max" "/sys/fs/cgroup$(slice_of burstable)/crij-$(id_of burstable).scope/memory.max" | paste -sd ' ')"
check "nothing is left of the old one's slice" within 60 fails test -e "/sys/fs/cgroup$slice"
check "nor of its unit" within 10 fails loaded "${slice##*/}"

delays() { contains kubelet "$(systemd-inhibit --list --mode=delay --no-pager --no-legend)"; }
check "kubelet delays a shutdown, as logind says" within 30 delays
: >/var/log/ends
# The node is switched off; logind waits for kubelet, which ends its pods first.
touch /work/reboot
