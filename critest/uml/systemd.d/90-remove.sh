# Removal leaves the pods running; purge of an empty node leaves nothing.

same "the container runs" CONTAINER_RUNNING "$(container_state "$(kept container)")"
removal=$(apt-get remove -y crij 2>&1) && removed=0 || removed=$?
same "apt removes the package" 0 "$removed"
check "it says that pods run on" contains "go on running" "$removal"
check "the daemon has ended" within 10 fails pgrep -f io.crij.daemon.cli.Main
check "the container runs on" lives "$(kept pid)"
check "the unit cannot be started" fails systemctl start crij
check "apt installs it again" apt-get install -y -o Dpkg::Options::=--force-confold /work/next.deb
check "it is started as it was enabled, or can be" systemctl enable --now crij
check "the container is the same process" runs
check "the pod is removed" crictl rmp -f "$(kept pod)"
check "the process is gone" within 10 fails lives "$(kept pid)"
check "apt purges the package" apt-get purge -y crij
check "nothing is left of it" fails sh -c 'ls -d /etc/crij /var/lib/crij /usr/lib/crij /usr/bin/crij /run/crij /run/crij-natives /etc/systemd/system/*/crij.service 2>/dev/null'
check "systemd has no failed unit" sh -c '! systemctl --failed --no-legend --plain | grep .'
