# What the pods of the last boot wrote while it ended, and that the node is itself again.

. "$CRIJ_HOME/critest/uml/boot/kubelet.sh"

journalctl -b -1 --no-pager >/work/journal.shutdown
grep -E 'logind.*power|kubelet.*"(Shutdown manager|Done waiting)|StopContainer ok' /work/journal.shutdown | tail -14 | cut -c 1-150 | sed 's/^/      /'
for pod in $PODS; do
  check "$pod was asked to end" grep -q "^$pod asked" /var/log/ends
  check "and had the time for it" grep -q "^$pod ended" /var/log/ends
done
check "kubelet had ended all its pods before logind went on" sh -c \
  'awk "/Done waiting for all pods in group to terminate/ { done = 1 } /System is powering down/ { exit !done }" /work/journal.shutdown'
check "systemd starts the runtime and kubelet, and kubelet the pods" within 120 all_run
