# A node changes its driver under running pods: kubelet makes them anew, and nothing of their scopes is left.

. "$CRIJ_HOME/critest/uml/boot/kubelet.sh"

scopes=$(for pod in $PODS; do echo "crij-$(id_of "$pod").scope"; done)
mkdir -p /etc/crij/config.toml.d
printf '[cgroup]\ndriver = "cgroupfs"\n' >/etc/crij/config.toml.d/driver.toml
check "the daemon gets the other driver" systemctl restart crij
check "and kubelet is started anew" systemctl restart kubelet
in_folders() { all_run && for pod in $PODS; do contains "/kubepods/" "$(grep '^0::' "/proc/$(pid_of "$pod")/cgroup")" || return 1; done; }
check "the pods run again, in plain folders" within 120 in_folders
same "kubelet took the driver from the runtime" cgroupfs "$(kubelet_get configz | jq -r .kubeletconfig.cgroupDriver)"
gone() { for scope in $scopes; do fails loaded "$scope" || return 1; done; }
# The slices are kubelet's, which does not look for them under this driver.
check "the scopes that they had are gone" within 60 gone
systemctl daemon-reload
same "systemd lets their limits be" 67108864 "$(cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of guaranteed)/cgroup")/memory.max")"
CGROUP_PARENT=kubepods-pod1.slice write_pod other 0
check "a cgroup_parent of systemd's is refused, with what to do" contains "set kubelet's cgroupDriver to cgroupfs" \
  "$("$TOOLS/crictl" --config /work/crictl.yaml runp /root/pod.json 2>&1 || true)"

systemctl disable --now kubelet
rm "$KUBELET_PODS"/*.yaml
crictl rmp -fa >/dev/null
same "no pod is left" "" "$(crictl pods -q)"
# Next, version 1 of cgroups, as systemd calls hybrid.
echo systemd.unified_cgroup_hierarchy=0 >/work/reboot
