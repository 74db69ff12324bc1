# What pods may leave behind, looked for by the ids of the pods and by the folders of this run, so that other daemons on the
# machine do not disturb. Sourced; needs node.sh.

# tree_of FOLDER : the names, types and modes below it. Sockets and what a start writes anew are part of it.
tree_of() { (cd "$1" && find . -printf '%p %y %m\n' | sort); }

# Each prints what it found, and fails when that is not nothing.
leftover_cgroups() { nothing "$(for id in "$@"; do find /sys/fs/cgroup -type d -name "*$id*" 2>/dev/null; done)"; }
leftover_netns() { nothing "$(for id in "$@"; do find /run/netns -name "*${id:0:12}*" 2>/dev/null; done)"; }
leftover_mounts() { nothing "$(for id in "$@"; do grep -F "${id:0:12}" /proc/self/mountinfo; done; awk -v dir="$NODE/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo)"; }
leftover_veths() { nothing "$(ip -o link show master "$BRIDGE" 2>/dev/null)"; }
leftover_leases() { nothing "$(find "$NODE/cni/leases" -type f ! -name 'last_reserved_ip*' ! -name lock)"; }

# leftover_processes ALLOWED_PID : processes in cgroups of the pods, or that use the run's folders, save the daemon and its children.
leftover_processes() {
  local daemon=$1 pid status ids short
  shift
  # An empty pattern would be found everywhere.
  [ $# -gt 0 ] || return 0
  ids=$(printf '%s\n' "$@")
  short=$(for id in "$@"; do echo "${id:0:12}"; done)
  nothing "$(for status in /proc/[0-9]*/cgroup; do
    pid=${status#/proc/}; pid=${pid%/cgroup}
    [ "$pid" != "$daemon" ] || continue
    [ "$(awk '{ print $4 }' "/proc/$pid/stat" 2>/dev/null)" != "$daemon" ] || continue
    if grep -qF "$ids" "$status" 2>/dev/null || grep -qaF "$short" "/proc/$pid/cmdline" 2>/dev/null; then
      echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
    fi
  done)"
}

nothing() { [ -z "$1" ] || { say "$1"; return 1; }; }
