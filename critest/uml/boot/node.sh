# The booted node, for the scripts of critest/uml/systemd.d. Sourced after say.sh and checks.sh.

. "$CRIJ_HOME/critest/lib/tools.sh"

SOCKET=/run/crij/crij.sock

crictl() { "$TOOLS/crictl" --config /work/crictl.yaml "$@"; }

main_pid() { systemctl show -P MainPID crij; }
property() { systemctl show -P "$1" crij; }
lives() { [ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status"; }

# container_pid CONTAINER, container_state CONTAINER : as the daemon says.
container_pid() { crictl inspect "$1" | jq -r .info.pid; }
container_state() { crictl inspect "$1" | jq -r .status.state; }
