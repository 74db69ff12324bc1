# The records of the last boot are there, but nothing lives any more.

check "the daemon came up with the node" within 60 crictl version
same "systemd started it once" 0 "$(property NRestarts)"
check "the old pod is not ready" same_state SANDBOX_NOTREADY "$(kept pod)"
same "its container has ended" CONTAINER_EXITED "$(container_state "$(kept container)")"
check "crij why has an answer" crij why web
old=$(kept pod)
write_pod web 1
start_pod
check "the next attempt runs beside it" runs
check "the old pod is removed" crictl rmp "$old"
same "one pod is left" 1 "$(crictl pods -q | wc -l)"
addresses() { find /var/lib/cni/networks/test -name '10.*' | wc -l; }
check "and its address is the only one that is taken" within 10 gives 1 addresses
