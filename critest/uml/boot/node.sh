# The booted node, for the scripts of critest/uml/systemd.d. Sourced after say.sh and checks.sh.

. "$CRIJ_HOME/critest/lib/tools.sh"

SOCKET=/run/crij/crij.sock

# It warns about the cgroup parent, which only kubelet knows.
crictl() { "$TOOLS/crictl" --config /work/crictl.yaml "$@" 2> >(grep -v cgroup_parent >&2); }

main_pid() { systemctl show -P MainPID crij; }
property() { systemctl show -P "$1" crij; }
# journal_of_daemon [OPTION...] : all that was written until now.
journal_of_daemon() { journalctl --sync; journalctl -u crij -o cat --no-pager "$@"; }
lives() { [ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status"; }

# container_pid CONTAINER, container_state CONTAINER : as the daemon says.
container_pid() { crictl inspect "$1" | jq -r .info.pid; }
container_state() { crictl inspect "$1" | jq -r .status.state; }
same_state() { equal "$1" "$(crictl inspectp "$2" | jq -r .status.state)"; }

# What scripts hand on to those after them, over a reboot too.
keep() { mkdir -p /root/kept && echo "$2" >"/root/kept/$1"; }
kept() { cat "/root/kept/$1"; }

# write_pod NAME ATTEMPT, start_pod : a pod with one container that serves a page; keeps pod, container and pid.
write_pod() {
  cat >/root/pod.json <<CONF
{"metadata": {"name": "$1", "namespace": "default", "uid": "$1", "attempt": $2}, "hostname": "$1", "log_directory": "/var/log/pods/$1",
 "linux": {${CGROUP_PARENT:+"\"cgroup_parent\": \"$CGROUP_PARENT\""}}}
CONF
  cat >/root/container.json <<CONF
{"metadata": {"name": "$1"}, "image": {"image": "registry.k8s.io/e2e-test-images/nginx:1.14-2"}, "log_path": "$1.log",
 "linux": {"resources": {"memory_limit_in_bytes": 67108864, "cpu_shares": 512}}}
CONF
}

start_pod() {
  keep pod "$(crictl runp /root/pod.json)"
  keep container "$(crictl create "$(kept pod)" /root/container.json /root/pod.json)"
  crictl start "$(kept container)" >/dev/null
  keep pid "$(container_pid "$(kept container)")"
}

# runs : the kept container, as the process that it was when it started.
runs() { equal "CONTAINER_RUNNING $(kept pid)" "$(container_state "$(kept container)") $(container_pid "$(kept container)")"; }
