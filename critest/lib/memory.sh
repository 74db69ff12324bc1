# What a runtime and the processes that it keeps for its pods need of the memory. Sourced; needs say.sh, node.sh.
# A row is five numbers in MiB: the daemon, its pods' processes, both, and the resident size of the two.

# The processes that are there for pods and outlive the daemon, of this run alone.
monitors() {
  case $RUNTIME_UNDER_TEST in
    crij) pgrep -f "^crij-pod monitor [0-9a-f]+ $NODE/" ;;
    containerd) pgrep -f "^[^ ]*containerd-shim-runc-v2 .*-address $SOCKET" ;;
    crio) pgrep -f "^[^ ]*conmon -b $NODE/" ;;
  esac
}

# memory_now : "proportional resident" of the daemon and the same of its pods' processes, in KiB. The daemon's pages of the JDK count
# whole: that other JVMs on the machine map them too is not the daemon's merit, and would be another number on each run.
memory_now() {
  local home pid
  home=$(readlink "/proc/$RUNTIME_PID/exe")
  case $home in */bin/java) home=${home%bin/java} ;; *) home='no JDK' ;; esac
  awk -v home="$home" '
    /^[0-9a-f]+-[0-9a-f]+ / { whole = index($6, home) == 1 }
    $1 == "Rss:" { rss += $2; if (whole) pss += $2 }
    $1 == "Pss:" && !whole { pss += $2 }
    END { printf "%d %d ", pss, rss }' "/proc/$RUNTIME_PID/smaps"
  for pid in $(monitors); do cat "/proc/$pid/smaps_rollup" 2>/dev/null || true; done \
    | awk '$1 == "Pss:" { pss += $2 } $1 == "Rss:" { rss += $2 } END { printf "%d %d\n", pss, rss }'
}

# memory_row [LOOKS] : the row of the runtime under test, the mean of looks two seconds apart: a heap grows between two collections.
memory_row() {
  local look
  for look in $(seq "${1:-3}"); do [ "$look" = 1 ] || sleep 2; memory_now; done \
    | awk '{ d += $1; dr += $2; p += $3; pr += $4 } END { n = NR * 1024; printf "%.1f %.1f %.1f %.1f %.1f\n", d / n, p / n, (d + p) / n, dr / n, pr / n }'
}

# print_memory TITLE : the head of the table; print_memory_row NAME ROW : a line of it.
print_memory() {
  print_memory_row "$1" 'daemon pods both daemon-RSS pods-RSS'
  say '|---|---|---|---|---|---|'
}
print_memory_row() { awk -v name="$1" -v row="$2" 'BEGIN { split(row, m, " "); printf "| %-28s | %8s | %8s | %8s | %10s | %8s |\n", name, m[1], m[2], m[3], m[4], m[5] }'; }

# needs_less OURS THEIRS : whether the first row has the smaller sum.
needs_less() {
  awk -v ours="$1" -v theirs="$2" 'BEGIN { split(ours, o, " "); split(theirs, t, " "); exit !(o[3] > 0 && o[3] < t[3]) }' || { say "ours: $1; theirs: $2"; return 1; }
}

# version_words : the name and the release of the runtime under test.
version_words() { crictl version | sed -n 's/^Runtime\(Name\|Version\): *\([^+]*\).*/\2/p' | paste -sd ' '; }
