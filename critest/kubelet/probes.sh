# Liveness, readiness and startup, by exec, HTTP, TCP and gRPC. Sourced; needs kubelet.sh, life.sh.

start_probes() {
  mkdir -p "$NODE/probes"
  run_pods probes
}

# ready CONTAINER WANTED
ready() { pod_says probes "$2" "$(container "$1") | .ready"; }

try_probes() {
  check "readiness by HTTP: not ready before the page is there" within 90 ready http false
  check "readiness by gRPC: not ready while it says so" within 90 ready grpc false
  : >"$NODE/probes/ready"
  echo ok >"$NODE/probes/grpc"
  check "readiness by HTTP: ready when the page is there" within 90 ready http true
  check "readiness by gRPC: ready when it serves" within 90 ready grpc true
  rm "$NODE/probes/ready"
  check "readiness by HTTP: and not again when it is away" within 90 ready http false
  check "startup by TCP: started when the port is open" within 90 pod_says probes true "$(container tcp) | .started and .ready"
  same "and the container was not ended for being slow" 0 "$(of_pod probes "$(container tcp) | .restartCount")"
  same "an exec probe that hangs has failed, and its container runs" "false 0" "$(of_pod probes "$(container hangs) | \"\\(.ready) \\(.restartCount)\"")"
  check "and nothing of it is left behind" within 90 at_most 2 probe_processes
  same "liveness by exec: the container lives" 0 "$(of_pod probes "$(container exec) | .restartCount")"
  rm "$NODE/probes/alive"
  check "liveness by exec: it is started anew when it fails" within 90 pod_says probes true "$(container exec) | .restartCount >= 1 and .ready"
}

# Of the pods of this run: one may be running, another being killed.
probe_processes() { in_pod probes hangs sh -c 'ls -d /proc/[0-9]* | wc -l' | awk '{ print $1 - 4 }'; }
at_most() { local most=$1; shift; [ "$("$@")" -le "$most" ]; }
