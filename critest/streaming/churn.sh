# Calls with bad commands and clients that leave at every step; then the daemon has to be as it was. Sourced.

count_fds() { find "/proc/$1/fd" -mindepth 1 | wc -l; }
count_threads() { find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l; }
monitor_pid() { pgrep -f "crij-pod monitor $POD" | head -1; }

# Of the pod's containers, by their cgroups.
count_processes() { grep -lE "$QUIET|$SHELL_ON_TTY|$SERVERS" /proc/[0-9]*/cgroup 2>/dev/null | wc -l; }

# What is alive after a collection, in KiB.
heap_kb() {
  "$JDK25/bin/jcmd" "$RUNTIME_PID" GC.run >/dev/null
  "$JDK25/bin/jcmd" "$RUNTIME_PID" GC.heap_info | sed -nE 's/.*(new generation|[Tt]enured).*used ([0-9]+)K.*/\2/p' | awk '{ sum += $1 } END { print sum }'
}

churn() {
  "$JDK25/bin/java" --enable-native-access=ALL-UNNAMED \
    -cp "${BENCH_CLASSPATH:-$CRIJ_HOME/bench/target/crij-bench-0.1.0.jar:$CRIJ_HOME/bench/target/lib/*}" io.crij.bench.StreamChurn "$SOCKET" "$SHELL_ON_TTY" "$1"
}

# settled PROCESSES FDS THREADS HEAP MONITOR MONITOR_FDS : compilers and pools give up their threads a while after the work.
settled() {
  [ "$(count_processes)" -le "$1" ] && [ "$(count_fds "$RUNTIME_PID")" -le $(($2 + 4)) ] && [ "$(count_threads "$RUNTIME_PID")" -le $(($3 + 4)) ] \
    && [ "$(heap_kb)" -le $(($4 + 8192)) ] && [ "$(count_fds "$5")" -le "$6" ]
}

try_churn() {
  local monitor fds threads processes heap monitor_fds
  monitor=$(monitor_pid)
  # A few first, so that what is made once is there.
  churn 200 >/dev/null || true
  sleep 12
  fds=$(count_fds "$RUNTIME_PID") threads=$(count_threads "$RUNTIME_PID") processes=$(count_processes) heap=$(heap_kb) monitor_fds=$(count_fds "$monitor")
  check "$1 exec and attach calls with bad commands and clients that leave are answered" churn "$1"
  within 30 settled "$processes" "$fds" "$threads" "$heap" "$monitor" "$monitor_fds" || true
  say "      before: $fds fds, $threads threads, $processes processes of the pod, $heap KiB of heap, $monitor_fds fds of the monitor"
  say "      after:  $(count_fds "$RUNTIME_PID") fds, $(count_threads "$RUNTIME_PID") threads, $(count_processes) processes of the pod, $(heap_kb) KiB of heap, $(count_fds "$monitor") fds of the monitor"
  check "no descriptor of the daemon is left" [ "$(count_fds "$RUNTIME_PID")" -le $((fds + 4)) ]
  check "no thread of the daemon is left" [ "$(count_threads "$RUNTIME_PID")" -le $((threads + 4)) ]
  check "no process of the pod is left" [ "$(count_processes)" -le "$processes" ]
  check "no descriptor of the monitor is left" [ "$(count_fds "$monitor")" -le "$monitor_fds" ]
  check "the heap is what it was" [ "$(heap_kb)" -le $((heap + 8192)) ]
  same "the container still serves" "still" "$(crictl exec "$SHELL_ON_TTY" echo still)"
}
